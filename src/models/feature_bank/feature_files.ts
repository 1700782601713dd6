import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from '../../utils/if_there';
import { crc32Of } from '../../utils/zip_archive';
import { ownName } from './bank_entries';
import { bankFolder, inBank } from './bank_errors';
import { type FeatureDtype, fromBfloat16, toBfloat16 } from './feature_dtype';

/** What is kept for a picture is not what was written. */
export class DamagedError extends Error {}

/** What a disk can't read any more is damaged, too. */
function unreadable(error: NodeJS.ErrnoException): never {
  throw error.code === 'EIO' ? new DamagedError(error.message, { cause: error }) : error;
}

/** Reads single pictures' numbers. */
export interface FeatureReader {
  /**
   * Reads those of the picture at `place` to where the `index`th picture goes in `batch`, and checks them when they are
   * read for the first time: it takes half as long as reading, so that of a training's many epochs one pays for it.
   *
   * @throws DamagedError when they are not what was written.
   */
  read(place: number, batch: Float32Array, index: number): Promise<void>;
  close(): Promise<void>;
}

const BYTES = { float32: 4, bfloat16: 2 };
const EXTENSIONS = { float32: '.f32', bfloat16: '.bf16' };
/** A checksum's bytes, after each picture's numbers. */
const CHECKSUM_BYTES = 4;

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
  private readonly numberBytes: number;
  private readonly blockBytes: number;
  private readonly firstChecksum: number;

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
    this.numberBytes = shape.reduce((product, size) => product * size, BYTES[dtype]);
    this.blockBytes = this.numberBytes + CHECKSUM_BYTES;
    this.bytes = pictures * this.blockBytes;
    this.firstChecksum = crc32Of(Buffer.from(set));
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
    const { numberBytes, blockBytes, path } = this;
    const file = await inBank(ifThere(open(path)));
    if (!file) return undefined;
    const checked = new Uint8Array(this.pictures);
    const read = async (place: number, batch: Float32Array, index: number) => {
      const isHalf = this.dtype === 'bfloat16';
      const bytes = isHalf
        ? new Uint8Array(numberBytes)
        : new Uint8Array(batch.buffer, batch.byteOffset + index * numberBytes, numberBytes);
      const checksum = Buffer.alloc(checked[place] ? 0 : CHECKSUM_BYTES);
      const { bytesRead } = await inBank(file.readv([bytes, checksum], place * blockBytes).catch(unreadable));
      if (bytesRead < numberBytes + checksum.length) {
        throw new DamagedError(`${path} is shorter than it was. Run this again: what is missing is computed anew.`);
      }
      if (!checked[place] && checksum.readUInt32LE() !== this.checksum(place, bytes)) {
        throw new DamagedError(`${path} is damaged. Run this again: what is damaged is computed anew.`);
      }
      checked[place] = 1;
      if (isHalf) fromBfloat16(new Uint16Array(bytes.buffer), batch, (index * numberBytes) / BYTES.bfloat16);
    };
    return { read, close: () => file.close() };
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
        const blocks = this.blocks(written, numbers);
        written += blocks.length / this.blockBytes;
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
        const blocks = this.blocks(place, numbers);
        await inBank(file.write(blocks, 0, blocks.length, place * this.blockBytes));
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
    const numbers = new Float32Array(this.numberBytes / BYTES[this.dtype]);
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

  /** What the file holds for the pictures from `place` on. */
  private blocks(place: number, numbers: Float32Array): Buffer {
    const { buffer, byteOffset, byteLength } = this.dtype === 'bfloat16' ? toBfloat16(numbers) : numbers;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    const pictures = byteLength / this.numberBytes;
    const blocks = Buffer.allocUnsafe(pictures * this.blockBytes);
    for (let index = 0; index < pictures; index++) {
      const own = bytes.subarray(index * this.numberBytes, (index + 1) * this.numberBytes);
      own.copy(blocks, index * this.blockBytes);
      blocks.writeUInt32LE(this.checksum(place + index, own), (index + 1) * this.blockBytes - CHECKSUM_BYTES);
    }
    return blocks;
  }

  /**
   * The checksum of a picture's numbers. It begins with the file's name and the place, so that neither zeros nor what
   * belongs elsewhere pass for them.
   */
  private checksum(place: number, { buffer, byteOffset, byteLength }: Uint8Array): number {
    const before = (this.firstChecksum + this.start + place) >>> 0;
    return crc32Of(Buffer.from(buffer, byteOffset, byteLength), before);
  }
}
