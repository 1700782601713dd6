import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ifThere } from '../../utils/if_there';
import { bankFolder, outOfSpace } from './bank_folder';
import { type FeatureDtype, fromBfloat16, toBfloat16 } from './feature_dtype';

/** Reads single pictures' numbers. */
export interface FeatureReader {
  /** Reads those of the picture at `place` to where the `index`th picture goes in `batch`. */
  read(place: number, batch: Float32Array, index: number): Promise<void>;
  close(): Promise<void>;
}

const BYTES = { float32: 4, bfloat16: 2 };
const EXTENSIONS = { float32: '.f32', bfloat16: '.bf16' };

/** Writes the numbers of all pictures in order; the file has its name only once it is whole. */
export interface FeatureWriter {
  /** Takes numbers, or the bytes of such a file. */
  append(numbers: Float32Array | Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** What a layer gives for each picture of a set, in one file of the feature bank, picture after picture. */
export class FeatureFile {
  readonly path: string;
  /** The size of the file. */
  readonly bytes: number;
  private readonly bytesEach: number;

  /**
   * @param name Stands for everything that the numbers depend on.
   * @param shape The shape of one picture's output.
   * @param pictures How many pictures there are.
   * @param start The place in the set of the first of them.
   */
  constructor(
    readonly name: string,
    readonly shape: number[],
    readonly pictures: number,
    readonly dtype: FeatureDtype,
    readonly start = 0,
  ) {
    this.path = join(bankFolder(), `${name}${EXTENSIONS[dtype]}`);
    this.bytesEach = shape.reduce((product, size) => product * size, BYTES[dtype]);
    this.bytes = pictures * this.bytesEach;
  }

  /** Whether the file is there and whole. If so, it counts as used now. Throws where that can't be told. */
  async exists(): Promise<boolean> {
    const found = await ifThere(stat(this.path));
    if (found?.size !== this.bytes) return false;
    const now = new Date();
    await utimes(this.path, now, now).catch(() => {}); // Somebody else's cache: it can be read.
    return true;
  }

  /** Opens the file to read from, in any order. */
  async reader(): Promise<FeatureReader> {
    const { bytesEach, path } = this;
    const file = await open(this.path);
    const read = async (place: number, batch: Float32Array, index: number) => {
      const isHalf = this.dtype === 'bfloat16';
      const bytes = isHalf ? new Uint8Array(bytesEach) : new Uint8Array(batch.buffer, index * bytesEach, bytesEach);
      const { bytesRead } = await file.read(bytes, 0, bytesEach, place * bytesEach);
      if (bytesRead < bytesEach) {
        throw new Error(`${path} is shorter than it was. Run this again: what is missing is computed anew.`);
      }
      if (isHalf) fromBfloat16(new Uint16Array(bytes.buffer), batch, (index * bytesEach) / BYTES.bfloat16);
    };
    return { read, close: () => file.close() };
  }

  /** Opens a file to append to, and removes what a killed process left of it. */
  async writer(): Promise<FeatureWriter> {
    await mkdir(bankFolder(), { recursive: true });
    const left = (await readdir(bankFolder())).filter((name) => name.startsWith(`${basename(this.path)}.`));
    for (const name of left.filter((name) => name.endsWith('.partial'))) {
      await rm(join(bankFolder(), name), { force: true });
    }
    // A name of its own: whoever lost the lock while the computer slept can't write into another's file.
    const partial = `${this.path}.${randomUUID()}.partial`;
    const file = await open(partial, 'w');
    return {
      append: async (numbers) => {
        const isHalf = this.dtype === 'bfloat16' && numbers instanceof Float32Array;
        const { buffer, byteOffset, byteLength } = isHalf ? toBfloat16(numbers) : numbers;
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        await file.writeFile(bytes).catch((cause: Error) => {
          throw outOfSpace(`${partial} can't be written (${cause.message})`, cause);
        });
      },
      finish: async () => {
        await file.sync();
        await file.close();
        await rename(partial, this.path);
      },
      abandon: async () => {
        await file.close();
        await rm(partial, { force: true });
      },
    };
  }
}
