import type { RandomGenerator } from '../../src/utils/random';

const integer = (random: RandomGenerator, below: number) => Math.floor(random() * below);

/** The places at which one of these marks begins. */
function placesOf(bytes: Buffer, marks: readonly (string | Buffer)[]): number[] {
  const found: number[] = [];
  for (const mark of marks) {
    const bytesOfMark = typeof mark === 'string' ? Buffer.from(mark, 'latin1') : mark;
    for (let place = bytes.indexOf(bytesOfMark); place >= 0; place = bytes.indexOf(bytesOfMark, place + 1))
      found.push(place);
  }
  return found;
}

function writeNumber(bytes: Buffer, place: number, value: bigint, size: number): void {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(BigInt.asUintN(64, value));
  number.subarray(0, size).copy(bytes, place);
}

/** One to a few bytes changed anywhere: a bit flipped, all bits set, none, a large number of eight bytes, at random. */
export function mutateAnywhere(good: Buffer, random: RandomGenerator): Buffer {
  const bytes = Buffer.from(good);
  for (let count = [1, 1, 2, 4, 16][integer(random, 5)]!; count > 0; count--) {
    const place = integer(random, bytes.length);
    const numbers = [0n, 1n, BigInt(good.length) - 1n, BigInt(good.length), 2n ** 31n, 2n ** 63n, -1n, BigInt(place)];
    const kind = integer(random, 5);
    if (kind === 0) bytes[place] = bytes[place]! ^ (1 << integer(random, 8));
    else if (kind === 1) bytes[place] = 0xff;
    else if (kind === 2) bytes[place] = 0;
    else if (kind === 3) writeNumber(bytes, place, numbers[integer(random, numbers.length)]!, 8);
    else bytes[place] = integer(random, 256);
  }
  return bytes;
}

// What HDF5's structures begin with, and the descriptions of its 32-bit floats, as HDF5's specification of the format has them.
const STRUCTURES = ['TREE', 'SNOD', 'HEAP', 'GCOL', 'OHDR', '\x89HDF'];
const FLOAT32 = Buffer.from('11201f000400000000002000170800177f000000', 'hex');

/** Bytes changed behind the marks of HDF5's structures, or in what describes its floats. */
export function mutateHdf5(good: Buffer, random: RandomGenerator): Buffer {
  const bytes = Buffer.from(good);
  const isNumbers = random() < 0.4;
  const places = placesOf(good, isNumbers ? [FLOAT32] : STRUCTURES);
  if (places.length === 0) return mutateAnywhere(good, random);
  for (let count = [1, 1, 2, 4][integer(random, 4)]!; count > 0; count--) {
    const place = places[integer(random, places.length)]! + integer(random, isNumbers ? FLOAT32.length : 120);
    const byte = bytes[place];
    if (byte === undefined) continue;
    bytes[place] = [0, 1, 0xff, byte ^ (1 << integer(random, 8)), integer(random, 256)][integer(random, 5)]!;
  }
  return bytes;
}

/** The fields of a zip's headers: from where, how far behind it, how many bytes, and what they are set to. */
const ZIP_FIELDS: readonly [mark: string, offset: number, size: number, values: readonly number[]][] = [
  ['PK\x01\x02', 8, 2, [1, 8, 0x800, 0x2000, 0xffff]], // flags
  ['PK\x01\x02', 10, 2, [8, 9, 12, 14, 95, 99]], // method
  ['PK\x01\x02', 16, 4, [0, 1, 2 ** 32 - 1]], // sum
  ['PK\x01\x02', 20, 4, [0, 1, 2 ** 31, 2 ** 32 - 1]], // bytes as they lie there
  ['PK\x01\x02', 24, 4, [0, 1, 2 ** 31, 2 ** 32 - 1]], // bytes in all
  ['PK\x01\x02', 28, 2, [0, 1, 500, 65535]], // of the name
  ['PK\x01\x02', 30, 2, [1, 4, 65535]], // of what is more
  ['PK\x01\x02', 42, 4, [0, 1, 100, 2 ** 32 - 1]], // where it lies
  ['PK\x03\x04', 6, 2, [1, 8, 0xffff]], // flags
  ['PK\x03\x04', 8, 2, [8, 99]], // method
  ['PK\x03\x04', 18, 4, [0, 1, 2 ** 32 - 1]],
  ['PK\x03\x04', 22, 4, [0, 1, 2 ** 32 - 1]],
  ['PK\x03\x04', 26, 2, [0, 1, 65535]],
  ['PK\x03\x04', 28, 2, [1, 65535]],
  ['PK\x03\x04', 30, 1, [0x2e, 0x43, 0]], // the name's first letter
  ['PK\x05\x06', 4, 2, [1, 65535]], // disks
  ['PK\x05\x06', 10, 2, [0, 1, 2, 4, 65535]], // members
  ['PK\x05\x06', 12, 4, [0, 1, 2 ** 32 - 1]], // bytes of the list
  ['PK\x05\x06', 16, 4, [0, 1, 100, 2 ** 32 - 1]], // where it lies
  ['PK\x05\x06', 20, 2, [1, 5, 65535]], // of the comment
];

/** One or two fields of a zip's headers changed. */
export function mutateZip(good: Buffer, random: RandomGenerator): Buffer {
  const bytes = Buffer.from(good);
  for (let count = 1 + integer(random, 2); count > 0; count--) {
    const [mark, offset, size, values] = ZIP_FIELDS[integer(random, ZIP_FIELDS.length)]!;
    const places = placesOf(good, [mark]);
    const place = places[integer(random, places.length)]!;
    writeNumber(bytes, place + offset, BigInt(values[integer(random, values.length)]!), size);
  }
  return bytes;
}
