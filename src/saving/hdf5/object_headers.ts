import { readSync } from 'node:fs';

/** A message in the header of an HDF5 object: one of the things that it says about the object. */
interface Message {
  type: number;
  /** It says where it is written, instead of what it says. */
  shared: boolean;
  data: Buffer;
}

// From "III. Disk Format: Level 2 - Data Objects" of the HDF5 File Format Specification.
const DATATYPE = 0x03;
const CONTINUATION = 0x10;
const SHARED = 0x02;
const OBJECT_HEADER = 'OHDR';

/** The headers of the objects in an HDF5 file. */
export class ObjectHeaders {
  /** Reads from the open file `fd` of so many `bytes`. */
  constructor(
    private readonly fd: number,
    private readonly bytes: number,
  ) {}

  /**
   * Whether the array whose header lies at `address` is one of numbers that HDF5 gives as what they are: IEEE's floats of 32
   * or 64 bits, or integers of 8 to 64, all of their bits used, in either order of bytes. A float may have its bits anywhere
   * and any bias, which h5wasm doesn't tell.
   *
   * @throws Error when there is no header, or one that says two things.
   */
  holdsNumbers(address: number): boolean {
    const types = [...this.messages(address)].filter(({ type }) => type === DATATYPE);
    if (types.length !== 1) throw new Error(`an array has ${types.length} types of numbers`);
    const [{ shared, data }] = types as [Message];
    // The upper half of the first byte is the version, which changes nothing for numbers.
    const said = Buffer.from([data[0]! & 0x0f, ...data.subarray(1)]);
    return !shared && NUMBERS.some((number) => said.subarray(0, number.length).equals(number));
  }

  /** The messages at `address`, in any of the blocks that the header goes on in. */
  private *messages(address: number): Generator<Message> {
    const recent = this.read(address, 4).toString('latin1') === OBJECT_HEADER;
    const blocks = [recent ? this.recentBlock(address) : this.olderBlock(address)];
    // Bit 2 of a recent header's flags: each message tells, in two more bytes, when it was made.
    const head = recent ? 4 + (this.read(address + 5, 1)[0]! & 0x04 ? 2 : 0) : 8;
    const seen = new Set<number>();
    for (let block = blocks.shift(); block; block = blocks.shift()) {
      if (seen.has(block.start)) throw new Error('a header goes on in itself');
      seen.add(block.start);
      const bytes = this.read(block.start, block.length);
      for (let at = 0; at + head <= bytes.length; ) {
        const type = recent ? bytes.readUInt8(at) : bytes.readUInt16LE(at);
        const size = bytes.readUInt16LE(at + (recent ? 1 : 2));
        const flags = bytes.readUInt8(at + (recent ? 3 : 4));
        const data = bytes.subarray(at + head, at + head + size);
        at += head + size;
        if (type === CONTINUATION) {
          const [start, length] = [Number(data.readBigUInt64LE(0)), Number(data.readBigUInt64LE(8))];
          // Its signature before, its sum after.
          blocks.push(recent ? { start: start + 4, length: length - 8 } : { start, length });
        }
        yield { type, shared: (flags & SHARED) !== 0, data };
      }
    }
  }

  /** Where the messages of a header of version 1 lie at first. */
  private olderBlock(address: number): { start: number; length: number } {
    return { start: address + 16, length: this.read(address + 8, 4).readUInt32LE() };
  }

  /** The same of version 2: after flags, four times of 4 bytes, and how attributes are kept, where the flags say so. */
  private recentBlock(address: number): { start: number; length: number } {
    const flags = this.read(address + 5, 1)[0]!;
    const start = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    const width = 2 ** (flags & 0x03);
    const length = Number(Buffer.concat([this.read(start, width), Buffer.alloc(8)]).readBigUInt64LE());
    return { start: start + width, length };
  }

  private read(start: number, length: number): Buffer {
    // Nor is NaN.
    if (!(start >= 0 && length >= 0 && start + length <= this.bytes)) throw new Error('a header lies outside the file');
    const buffer = Buffer.alloc(length);
    if (readSync(this.fd, buffer, 0, length, start) < length) throw new Error('a header lies outside the file');
    return buffer;
  }
}

const BIG_ENDIAN = 0x01;
const SIGNED = 0x08;
// A mantissa whose first bit is not written, since it is 1.
const IMPLIED = 0x20;

/** How the header of an array of integers says so. */
function integers(bytes: number, flags: number): Buffer {
  const type = Buffer.alloc(12);
  type.writeUInt8(flags, 1);
  type.writeUInt32LE(bytes, 4);
  type.writeUInt16LE(8 * bytes, 10);
  return type;
}

/** The same of floats of IEEE: sign, exponent, mantissa, from the highest bit on. */
function floats(bytes: number, flags: number): Buffer {
  const [bits, exponent] = [8 * bytes, bytes === 4 ? 8 : 11];
  const mantissa = bits - 1 - exponent;
  const bias = Buffer.alloc(4);
  bias.writeUInt32LE(2 ** (exponent - 1) - 1);
  const type = Buffer.concat([integers(bytes, flags | IMPLIED), Buffer.of(mantissa, exponent, 0, mantissa), bias]);
  type.writeUInt8(1, 0);
  type.writeUInt8(bits - 1, 2);
  return type;
}

const NUMBERS = [0, BIG_ENDIAN].flatMap((order) => [
  ...[1, 2, 4, 8].flatMap((bytes) => [integers(bytes, order), integers(bytes, order | SIGNED)]),
  ...[4, 8].map((bytes) => floats(bytes, order)),
]);
