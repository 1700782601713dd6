import { execFileSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/**
 * Mounts a disk of a given size (such as `600k`) on a folder.
 *
 * @returns How to enlarge it and how to remove it; undefined where mounting isn't permitted: then the test is skipped,
 * loudly.
 */
export function mountSmallDisk(folder: string, size: string, t: TestContext) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    const why = 'SKIPPED: no small disk could be mounted (that takes root on Linux), so a full one was not tried';
    process.stderr.write(`${why}\n`);
    t.skip(why);
    return undefined;
  }
  return {
    enlarge: (to: string) => execFileSync('mount', ['-o', `remount,size=${to}`, folder]),
    unmount: () => execFileSync('umount', [folder]),
  };
}
