import type { FileHandle } from 'node:fs/promises';
import type { Entry } from 'yauzl';
import type { ZipArchive } from '../utils/zip_archive';

// What a zip ends in; of large ones, before it: an end with larger numbers, and where that lies.
const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const LARGE_END = 0x06064b50;
const LARGE_END_BYTES = 56;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const DIRECTORY_ENTRY_BYTES = 46;

// How a member is deflated, that its sums come after it, that its name is UTF-8. Other flags encrypt or patch.
const PLAIN_FLAGS = 0x080e;
const SUMS_AFTER = 0x0008;
const UTF8_NAME = 0x0800;
const SUMS = 0x08074b50;
// 6.3, the last that Python reads.
const NEWEST_VERSION = 63;

// Extra fields: the sizes of a large member, which then stand there alone, and a name in place of its name.
const SIZES = 0x0001;
const OTHER_NAME = 0x7075;
const IN_EXTRA_FIELD = 0xffffffff;

/** The directory of a zip: where it begins, how long it is, and how many members it names. */
export interface ZipDirectory {
  start: number;
  bytes: number;
  count: number;
}

/** Numbers of so many bytes each, as zips have them. */
function numbers(bytes: 2 | 4 | 8, ...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigUInt64LE(BigInt(value));
      return buffer.subarray(0, bytes);
    }),
  );
}

function check(right: boolean, what: string): asserts right {
  if (!right) throw new Error(`it is damaged or can be read in two ways: ${what}`);
}

async function read(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(end - start);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  return buffer.subarray(0, bytesRead);
}

/**
 * Finds the directory of a zip. It goes as far as the zip's end, of which there is one, and with which the file ends. So it
 * lies in the file: yauzl, sent to a place beyond all files, throws where nobody can catch it.
 *
 * @throws Error when it is no zip, or says two things.
 */
export async function findDirectory(file: FileHandle): Promise<ZipDirectory> {
  const { size } = await file.stat();
  const tail = await read(file, Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES), size);
  const last = tail.subarray(tail.lastIndexOf(numbers(4, END)));
  if (last.indexOf(numbers(4, END)) !== 0) throw new Error('it is no zip, or not all of one');
  check(
    last.length >= END_BYTES && last.length === END_BYTES + last.readUInt16LE(END_BYTES - 2),
    'its end is cut off, or something follows it',
  );
  const end = size - last.length;
  const largeEnd = end - LARGE_END_BYTES - LOCATOR_BYTES;
  const before = await read(file, Math.max(0, largeEnd), end);
  const locator = before.subarray(-LOCATOR_BYTES);
  const large = largeEnd >= 0 && locator.indexOf(numbers(4, LOCATOR)) === 0;
  const [count, bytes, start] = large
    ? ([32, 40, 48].map((at) => Number(before.readBigUInt64LE(at))) as [number, number, number])
    : [last.readUInt16LE(10), last.readUInt32LE(12), last.readUInt32LE(16)];
  check(start + bytes === (large ? largeEnd : end), 'its directory does not go as far as its end');
  check(count * DIRECTORY_ENTRY_BYTES <= bytes, `its directory of ${bytes} bytes has no room for ${count} members`);
  const fields = [
    [4, 2, 0],
    [6, 2, 0],
    [8, 2, count],
    [10, 2, count],
    [12, 4, bytes],
    [16, 4, start],
  ] as const;
  const isSame = fields.every(([at, width, value]) => {
    const said = last.readUIntLE(at, width);
    return said === value || (large && said === 2 ** (8 * width) - 1);
  });
  const expected = Buffer.concat([
    numbers(4, LARGE_END),
    numbers(8, LARGE_END_BYTES - 12),
    before.subarray(12, 16), // The versions of zip.
    numbers(4, 0, 0),
    numbers(8, count, count, bytes, start),
    numbers(4, LOCATOR, 0),
    numbers(8, Math.max(0, largeEnd)),
    numbers(4, 1),
  ]);
  check(isSame && (!large || before.equals(expected)), 'its ends differ');
  return { start, bytes, count };
}

/** The extra fields of a member, by kind. */
function extraFields(bytes: Buffer, name: string): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const start = at + 4;
    const end = start <= bytes.length ? start + bytes.readUInt16LE(at + 2) : Number.NaN;
    check(end <= bytes.length, `the extra fields of '${name}' are cut off`);
    const kind = bytes.readUInt16LE(at);
    check(kind !== OTHER_NAME && !fields.has(kind), `'${name}' has two names or sizes`);
    fields.set(kind, bytes.subarray(start, end));
    at = end;
  }
  return fields;
}

/** Checks that what stands before the bytes of a member says the same of it as the directory. Gives where they end. */
async function memberEnd(zip: ZipArchive, entry: Entry): Promise<number> {
  const { fileName: name, generalPurposeBitFlag: flags } = entry;
  check((flags & ~PLAIN_FLAGS) === 0, `'${name}' is encrypted`);
  check((entry.versionNeededToExtract & 0xff) <= NEWEST_VERSION, `'${name}' is for newer programs`);
  extraFields(entry.extraFieldRaw, name);
  const header = await zip.header(entry);
  let sizes = extraFields(header.extraField, name).get(SIZES) ?? Buffer.alloc(0);
  const size = (said: number) => {
    if (said !== IN_EXTRA_FIELD) return said;
    check(sizes.length >= 8, `'${name}' has no size`);
    const value = Number(sizes.readBigUInt64LE());
    sizes = sizes.subarray(8);
    return value;
  };
  // In the order of the extra field.
  const said = [size(header.uncompressedSize), size(header.compressedSize), header.crc32];
  const listed = [entry.uncompressedSize, entry.compressedSize, entry.crc32];
  const isLater = (flags & SUMS_AFTER) !== 0 && said.every((value) => value === 0);
  check(
    header.fileName.equals(entry.fileNameRaw) &&
      header.generalPurposeBitFlag === flags &&
      header.compressionMethod === entry.compressionMethod &&
      (isLater || said.every((value, index) => value === listed[index])),
    `'${name}' is not what the directory says`,
  );
  return header.fileDataStart + entry.compressedSize;
}

/** What may follow the bytes of a member: nothing, or its sums, in one of four ways. */
function sumsOf({ crc32, compressedSize, uncompressedSize, generalPurposeBitFlag }: Entry): Buffer[] {
  if (!(generalPurposeBitFlag & SUMS_AFTER)) return [Buffer.alloc(0)];
  const widths = Math.max(compressedSize, uncompressedSize) < IN_EXTRA_FIELD ? ([4, 8] as const) : ([8] as const);
  return [numbers(4, crc32), numbers(4, SUMS, crc32)].flatMap((sum) =>
    widths.map((width) => Buffer.concat([sum, numbers(width, compressedSize, uncompressedSize)])),
  );
}

/** @throws Error when two members have one name, or names that some systems or readers take for one. */
function checkNames(entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { fileName, fileNameRaw, generalPurposeBitFlag } of entries) {
    const isText = !(generalPurposeBitFlag & UTF8_NAME) || Buffer.from(fileName).equals(fileNameRaw);
    check(isText && !fileNameRaw.includes('\0') && !fileNameRaw.includes('\\'), `the name '${fileName}'`);
    const parts = fileName.normalize('NFC').toLowerCase().split('/');
    const name = parts.filter((part) => part && part !== '.').join('/');
    if (seen.has(name)) throw new Error(`it has two members '${fileName}'`);
    seen.add(name);
  }
}

/**
 * Checks that a zip says everything once, so that no two readers take something else from it: its members stand one after
 * another from the first byte on, then the directory, then its end. Python's `zipfile`, yauzl and whatever goes from member
 * to member then read the same.
 *
 * @throws Error saying what is said twice, or what is damaged.
 */
export async function checkMembers(file: FileHandle, directory: ZipDirectory, zip: ZipArchive): Promise<void> {
  const { all } = zip;
  const bytes = all.reduce(
    (sum, { fileNameLength, extraFieldLength, fileCommentLength }) =>
      sum + DIRECTORY_ENTRY_BYTES + fileNameLength + extraFieldLength + fileCommentLength,
    0,
  );
  check(all.length === directory.count && bytes === directory.bytes, 'its directory goes on behind its members');
  checkNames(all);
  const inOrder = [...all].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  const starts = [...inOrder.map((entry) => entry.relativeOffsetOfLocalHeader), directory.start];
  check(starts[0] === 0, 'something stands before its members');
  for (const [index, entry] of inOrder.entries()) {
    const next = starts[index + 1]!;
    check(next <= directory.start, `'${entry.fileName}' lies behind its directory`);
    const end = await memberEnd(zip, entry);
    const sums = sumsOf(entry).find(({ length }) => end + length === next);
    check(sums !== undefined && (await read(file, end, next)).equals(sums), `what follows '${entry.fileName}'`);
  }
}
