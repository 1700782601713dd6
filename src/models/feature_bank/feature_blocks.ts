import { crc32Of } from '../../utils/crc32';
import { type FeatureDtype, toBfloat16 } from './feature_dtype';

const BYTES = { float32: 4, bfloat16: 2 };
/** A checksum's bytes, after each picture's numbers. */
export const CHECKSUM_BYTES = 4;

/** How a file holds what is kept for pictures: of each its numbers and their checksum. */
export class FeatureBlocks {
  /** What the numbers of a picture take. */
  readonly numberBytes: number;
  /** What they take with their checksum. */
  readonly bytes: number;
  private readonly firstChecksum: number;

  /**
   * @param set The name of the file for all pictures.
   * @param start The place among them of the first one here.
   */
  constructor(
    private readonly dtype: FeatureDtype,
    shape: number[],
    set: string,
    private readonly start: number,
  ) {
    this.numberBytes = shape.reduce((product, size) => product * size, BYTES[dtype]);
    this.bytes = this.numberBytes + CHECKSUM_BYTES;
    this.firstChecksum = crc32Of(Buffer.from(set));
  }

  /** What the file holds for the pictures from `place` on that these are the numbers of. */
  of(place: number, numbers: Float32Array): Buffer {
    const { buffer, byteOffset, byteLength } = this.dtype === 'bfloat16' ? toBfloat16(numbers) : numbers;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    const pictures = byteLength / this.numberBytes;
    const blocks = Buffer.allocUnsafe(pictures * this.bytes);
    for (let index = 0; index < pictures; index++) {
      const own = bytes.subarray(index * this.numberBytes, (index + 1) * this.numberBytes);
      own.copy(blocks, index * this.bytes);
      blocks.writeUInt32LE(this.checksum(place + index, own), (index + 1) * this.bytes - CHECKSUM_BYTES);
    }
    return blocks;
  }

  /** Whether these are the numbers that were written for the picture at `place`. */
  isSound(place: number, { buffer, byteOffset, byteLength }: Uint8Array, checksum: Buffer): boolean {
    return checksum.readUInt32LE() === this.checksum(place, Buffer.from(buffer, byteOffset, byteLength));
  }

  /** It goes on from one of the file's name and the place: neither zeros nor what belongs elsewhere pass for the numbers. */
  private checksum(place: number, bytes: Buffer): number {
    return crc32Of(bytes, (this.firstChecksum + this.start + place) >>> 0);
  }
}
