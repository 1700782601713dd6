import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from '../utils/if_there';

/** The classes, as their folders are named. */
export const CLASSES = ['cat', 'dog'] as const;

/** Pictures of each class in each of the three sets. */
export interface SetCounts {
  /** To learn from. */
  train: number;
  /** To choose the best model by. */
  validation: number;
  /** To measure that model by, once. */
  test: number;
}

const MARKER = 'complete.json';

/** Where each picture of a class goes, relative to the folder of the three sets: `train/cat/cat.0.jpg` and so on. */
export function picturePaths(counts: SetCounts, kind: (typeof CLASSES)[number]): string[] {
  const sets = [...Array(counts.train).fill('train'), ...Array(counts.validation).fill('validation')];
  return [...sets, ...Array(counts.test).fill('test')].map((set, index) => `${set}/${kind}/${kind}.${index}.jpg`);
}

/**
 * Whether a folder was finished and still holds the same number of files and bytes as then.
 *
 * @throws When it can't be read: it would take long to make anew what is there.
 */
export async function isComplete(folder: string): Promise<boolean> {
  const marker = await ifThere(readFile(join(folder, MARKER), 'utf8'));
  return marker !== undefined && marker === (await ifThere(inventory(folder)));
}

/** Marks a finished folder and gives it its final name, in the place of what was there. */
export async function complete(partial: string, folder: string): Promise<void> {
  await writeFile(join(partial, MARKER), await inventory(partial));
  // What there is of a partial folder stays where this fails: it goes on from there.
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}

/** Files and bytes of each class in each set, as JSON. */
async function inventory(folder: string): Promise<string> {
  const found: Record<string, { files: number; bytes: number }> = {};
  for (const set of ['train', 'validation', 'test']) {
    for (const kind of CLASSES) {
      const names = await readdir(join(folder, set, kind));
      const files = await Promise.all(names.map((name) => stat(join(folder, set, kind, name))));
      found[`${set}/${kind}`] = { files: names.length, bytes: files.reduce((bytes, { size }) => bytes + size, 0) };
    }
  }
  return JSON.stringify(found, null, 2);
}
