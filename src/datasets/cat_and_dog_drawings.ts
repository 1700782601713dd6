import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { ifThere } from '../utils/if_there';
import { randomGenerator } from '../utils/random';
import { writeWhole } from '../utils/write_whole';
import { SIDE } from './drawings/pencil';
import { drawnScene } from './drawings/scene';
import { CLASSES, picturePaths, type SetCounts } from './picture_sets';

/** What `drawCatsAndDogs` takes. */
export interface DrawCatsAndDogsArgs {
  /** The seed that the whole set depends on. Defaults to 1. */
  seed?: number;
  /** Called after each drawing, and once at the start when some were there already. */
  onProgress?: (done: number, total: number) => void;
  /** Drawings of each class in each set. Defaults to the chapter's 1000, 500 and 1000. */
  counts?: SetCounts;
}

/** The pixels of an SVG without transparency: RGB, row by row. */
function rasterise(svg: string): Int32Array {
  const rgba = new Resvg(svg, { font: { loadSystemFonts: false } }).render().pixels;
  const rgb = new Int32Array(SIDE * SIDE * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]!;
    rgb[to++] = rgba[from + 1]!;
    rgb[to++] = rgba[from + 2]!;
  }
  return rgb;
}

/** One drawing as a JPEG; the same for the same seed, class and index. */
async function drawing(seed: number, kind: (typeof CLASSES)[number], index: number): Promise<Uint8Array> {
  // Odd multipliers spread neighbouring seeds and indices over all 32 bits.
  const own = Math.imul(seed, 0x9e3779b1) ^ Math.imul(2 * index + CLASSES.indexOf(kind) + 1, 0x85ebca6b);
  const pixels = tf.tensor3d(rasterise(drawnScene(kind, randomGenerator(own))), [SIDE, SIDE, 3], 'int32');
  try {
    return await tf.node.encodeJpeg(pixels, 'rgb', 90);
  } finally {
    pixels.dispose();
  }
}

/**
 * Draws cats and dogs, which stand in for the photographs where no source of those can be reached, or are classes of their
 * own: 5000 JPEGs of 200 × 200 RGB pixels, `<directory>/{train,validation,test}/{cat,dog}/{cat,dog}.{index}.jpg`, with the
 * chapter's indices 0-999, 1000-1499 and 1500-2499; `counts` asks for others.
 *
 * Each drawing depends on the seed, its class and its index alone. Those already there are kept, so that an
 * interrupted run goes on where it stopped; one directory is for one seed.
 *
 * @throws Error when an option is unknown, or as the system does where the directory can't be written to.
 * @example
 * await datasets.drawCatsAndDogs('drawings', { counts: { train: 300, validation: 0, test: 10 } });
 */
export async function drawCatsAndDogs(directory: string, args: DrawCatsAndDogsArgs = {}): Promise<void> {
  checkOptions('drawCatsAndDogs', args, { seed: true, onProgress: true, counts: true });
  const { seed = 1, onProgress, counts = { train: 1000, validation: 500, test: 1000 } } = args;
  const drawings = CLASSES.flatMap((kind) =>
    picturePaths(counts, kind).map((path, index) => ({ kind, index, path: join(directory, path) })),
  );
  const total = drawings.length;
  const missing: typeof drawings = [];
  for (const wanted of drawings) {
    if (!(await ifThere(stat(wanted.path)))) missing.push(wanted);
  }
  for (const folder of new Set(missing.map(({ path }) => dirname(path)))) {
    await mkdir(folder, { recursive: true });
  }
  let done = total - missing.length;
  if (done > 0) onProgress?.(done, total);
  // Not beside each drawing: no unfinished file ever lies in a class's folder.
  const unfinished = join(directory, `.unfinished-${process.pid}`);
  for (const { kind, index, path } of missing) {
    await writeWhole(path, async (beside) => writeFile(beside, await drawing(seed, kind, index)), unfinished);
    onProgress?.(++done, total);
  }
}
