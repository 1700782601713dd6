import { readv } from 'node:fs';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from '../../utils/if_there';
import { ownName } from './bank_entries';
import { bankFolder, inBank } from './bank_errors';
import { CHECKSUM_BYTES, FeatureBlocks } from './feature_blocks';
import { type FeatureDtype, fromBfloat16 } from './feature_dtype';

/** What is kept for a picture is not what was written. */
export class DamagedError extends Error {}

/** Reads pictures' numbers. */
export interface FeatureReader {
  /**
   * Reads those of the picture at `place` to where the `index`th picture goes in `batch`, and so on for `count` pictures.
   * They are checked when they are first read: it takes half as long as reading, so that of a training's many epochs one
   * pays for it.
   *
   * @throws DamagedError when they are not what was written.
   */
  read(place: number, batch: Float32Array, index: number, count?: number): Promise<void>;
  close(): Promise<void>;
}

const EXTENSIONS = { float32: '.f32', bfloat16: '.bf16' };

/** Writes the numbers of all pictures in order; the file has its name only once it is whole. */
export interface FeatureWriter {
  append(numbers: Float32Array): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** Writes pictures' numbers in the place of damaged ones. */
export interface FeatureMender {
  /** Takes those of as many pictures as there are, from the one at `place` on. */
  write(place: number, numbers: Float32Array): Promise<void>;
  finish(): Promise<void>;
}

/** What a layer gives for each picture of a set, in one file of the feature bank, picture after picture. */
export class FeatureFile {
  readonly path: string;
  /** The size of the file. */
  readonly bytes: number;
  private readonly blocks: FeatureBlocks;

  /**
   * @param name Stands for everything that the numbers depend on.
   * @param shape The shape of one picture's output.
   * @param pictures How many pictures there are.
   * @param start The place in the set of the first of them.
   * @param set The name of the file of the whole set.
   */
  constructor(
    readonly name: string,
    readonly shape: number[],
    readonly pictures: number,
    readonly dtype: FeatureDtype,
    readonly start = 0,
    set = name,
  ) {
    this.path = join(bankFolder(), `${name}${EXTENSIONS[dtype]}`);
    this.blocks = new FeatureBlocks(dtype, shape, set, start);
    this.bytes = pictures * this.blocks.bytes;
  }

  /** Whether the file is there and whole. If so, it counts as used now. Throws where that can't be told. */
  async exists(): Promise<boolean> {
    const found = await inBank(ifThere(stat(this.path)));
    if (found?.size !== this.bytes) return false;
    const now = new Date();
    await utimes(this.path, now, now).catch(() => {}); // Somebody else's cache: it can be read.
    return true;
  }

  /** Opens the file to read from, in any order; undefined where there is none. What is open stays, whoever removes it. */
  async reader(): Promise<FeatureReader | undefined> {
    const { blocks, dtype, path } = this;
    const file = await inBank(ifThere(open(path)));
    if (!file) return undefined;
    const checked = new Uint8Array(this.pictures);
    let reading = 0;
    let whenRead = () => {};
    // By a callback, and what lies side by side at once: with a file handle's promises reading takes a third longer.
    const read = (place: number, batch: Float32Array, index: number, count = 1) =>
      new Promise<void>((resolve, reject) => {
        const { numberBytes } = blocks;
        const bytes =
          dtype === 'bfloat16'
            ? new Uint8Array(count * numberBytes)
            : new Uint8Array(batch.buffer, batch.byteOffset + index * numberBytes, count * numberBytes);
        const pictures = Array.from({ length: count }, (_, nth) => ({
          numbers: bytes.subarray(nth * numberBytes, (nth + 1) * numberBytes),
          checksum: Buffer.allocUnsafe(CHECKSUM_BYTES),
        }));
        const isSound = ({ numbers, checksum }: (typeof pictures)[number], nth: number) =>
          checked[place + nth] || blocks.isSound(place + nth, numbers, checksum);
        const damaged = (what: string) =>
          reject(new DamagedError(`${path} ${what}. Run this again: what is missing is computed anew.`));
        const settle = (error: NodeJS.ErrnoException | null, bytesRead: number) => {
          if (--reading === 0) whenRead();
          if (error?.code === 'EIO') return damaged("can't be read any more");
          if (error) return inBank(Promise.reject(error)).catch(reject);
          if (bytesRead < count * blocks.bytes) return damaged('is shorter than it was');
          if (!pictures.every(isSound)) return damaged('is damaged');
          checked.fill(1, place, place + count);
          if (dtype === 'bfloat16') {
            fromBfloat16(new Uint16Array(bytes.buffer), batch, (index * numberBytes) / Uint16Array.BYTES_PER_ELEMENT);
          }
          resolve();
        };
        reading++;
        const pieces = pictures.flatMap(({ numbers, checksum }) => [numbers, checksum]);
        readv(file.fd, pieces, place * blocks.bytes, settle);
      });
    const close = async () => {
      if (reading > 0) {
        await new Promise<void>((resolve) => {
          whenRead = resolve;
        });
      }
      await file.close();
    };
    return { read, close };
  }

  /** Opens a file to append to. */
  async writer(): Promise<FeatureWriter> {
    await inBank(mkdir(bankFolder(), { recursive: true }));
    // A name of its own: whoever lost the lock while the computer slept can't write into another's file.
    const partial = ownName(this.path, 'partial');
    const file = await inBank(open(partial, 'w'));
    let written = 0;
    return {
      append: async (numbers) => {
        const blocks = this.blocks.of(written, numbers);
        written += blocks.length / this.blocks.bytes;
        await inBank(file.writeFile(blocks));
      },
      finish: async () => {
        await inBank(file.sync());
        await file.close();
        await inBank(rename(partial, this.path));
      },
      abandon: async () => {
        await file.close();
        await rm(partial, { force: true }).catch(() => {}); // Why it is abandoned says more.
      },
    };
  }

  /** Opens the file to write what was damaged in it. */
  async mender(): Promise<FeatureMender> {
    const file = await inBank(open(this.path, 'r+'));
    return {
      write: async (place, numbers) => {
        const blocks = this.blocks.of(place, numbers);
        await inBank(file.write(blocks, 0, blocks.length, place * this.blocks.bytes));
      },
      finish: async () => {
        await inBank(file.sync()).finally(() => file.close());
      },
    };
  }

  /** The places of the pictures whose numbers are not what was written; undefined where there is no file. */
  async damaged(): Promise<number[] | undefined> {
    const reader = await this.reader();
    if (!reader) return undefined;
    const numbers = new Float32Array(this.shape.reduce((product, size) => product * size, 1));
    const damaged: number[] = [];
    try {
      for (let place = 0; place < this.pictures; place++) {
        await reader.read(place, numbers, 0).catch((error) => {
          if (!(error instanceof DamagedError)) throw error;
          damaged.push(place);
        });
      }
    } finally {
      await reader.close();
    }
    return damaged;
  }
}
