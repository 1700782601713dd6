import crc32 from 'buffer-crc32';

/** A member of a zip as it is written, whether it is true or not. */
export interface RawMember {
  name: string;
  /** Its bytes in the zip. */
  bytes: Uint8Array;
  /** 0: as they are, 8: deflated. Defaults to 0. */
  method?: number;
  /** How many bytes it says it has. Defaults to those of `bytes`. */
  size?: number;
  /** What it says its CRC-32 is. Defaults to that of `bytes`. */
  crc?: number;
  /** 1: encrypted. Defaults to 0. */
  flags?: number;
  /** The type and permissions of the file, as Unix has them. Defaults to a plain file. */
  mode?: number;
}

/** A field of a zip: its value, and how many bytes it takes. */
type Field = [value: number, bytes: 2 | 4 | 8];

function fields(...list: Field[]): Buffer {
  return Buffer.concat(
    list.map(([value, size]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes.subarray(0, size);
    }),
  );
}

/** A zip with the end that those of many members have, which says that there are `count`. */
export function claiming(zip: Buffer, count: number): Buffer {
  const start = zip.length - 22;
  const [size, offset] = [zip.readUInt32LE(start + 12), zip.readUInt32LE(start + 16)];
  return Buffer.concat([
    zip.subarray(0, start),
    fields([0x06064b50, 4], [44, 8], [0, 8], [0, 4], [count, 8], [count, 8], [size, 8], [offset, 8]),
    fields([0x07064b50, 4], [0, 4], [start, 8], [1, 4]),
    fields([0x06054b50, 4], [0, 4], [0xffff, 2], [0xffff, 2], [size, 4], [offset, 4], [0, 2]),
  ]);
}

/** A zip of members with any names, sizes and sums, such as no tool writes. Sizes beyond 4 GB make it a zip64. */
export function rawZip(members: readonly RawMember[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const {
    name,
    bytes,
    method = 0,
    size = bytes.length,
    crc = crc32.unsigned(Buffer.from(bytes)),
    flags = 0,
    mode = 0o100644,
  } of members) {
    const large = size > 0xffffffff;
    const common = fields(
      [45, 2],
      [flags, 2],
      [method, 2],
      [0, 4],
      [crc, 4],
      [bytes.length, 4],
      [large ? 0xffffffff : size, 4],
      [Buffer.byteLength(name), 2],
    );
    const extra = large ? fields([1, 2], [8, 2], [size, 8]) : Buffer.alloc(0);
    files.push(fields([0x04034b50, 4]), common, fields([0, 2]), Buffer.from(name), Buffer.from(bytes));
    directory.push(
      fields([0x02014b50, 4], [0x0300 + 45, 2]),
      common,
      fields([extra.length, 2], [0, 2], [0, 2], [0, 2], [mode * 2 ** 16, 4], [offset, 4]),
      Buffer.from(name),
      extra,
    );
    offset += 30 + Buffer.byteLength(name) + bytes.length;
  }
  const listed = Buffer.concat(directory);
  const count = members.length;
  const end = fields([0x06054b50, 4], [0, 4], [count, 2], [count, 2], [listed.length, 4], [offset, 4], [0, 2]);
  return Buffer.concat([...files, listed, end]);
}
