import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock } from 'node:test';
import { openZip } from '../../../src/utils/zip_archive';

const unpacked = mkdtempSync(join(tmpdir(), 'thaw-keras2-'));
after(() => rmSync(unpacked, { recursive: true }));

/** What Keras 2 gave for a file: its predictions, and what two more epochs of training came to, where it can train. */
export interface Expected {
  predictions: number[];
  loss?: number[];
  then?: number[];
}

/** Files that Keras 2 wrote, unpacked into a folder, and what it gave for them. */
export interface Keras2Files {
  folder: string;
  xs: number[];
  ys: number[][];
  files: Record<string, Expected>;
}

/** Unpacks what one of the scripts beside this file has made; the folder goes when the tests are over. */
export async function keras2Files(name: string): Promise<Keras2Files> {
  const folder = join(unpacked, name);
  mkdirSync(folder);
  const zip = await openZip(join(__dirname, `${name}.zip`));
  try {
    for (const [member, entry] of zip.entries) writeFileSync(join(folder, member), await zip.read(entry));
    const expected = JSON.parse(String(await zip.read(zip.entries.get('expected.json')!)));
    return { folder, ...expected };
  } finally {
    zip.close();
  }
}

/** The greatest difference of two lists of numbers, as a share of the greatest number where that is above 1. */
export function furthest(actual: ArrayLike<number>, expected: number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(1, ...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!))) / scale;
}

/** What is warned of while `step` runs. */
export async function warnings(step: () => Promise<void>): Promise<string[]> {
  const warn = mock.method(console, 'warn', () => {});
  try {
    await step();
  } finally {
    warn.mock.restore();
  }
  return warn.mock.calls.map(({ arguments: [text] }) => String(text));
}
