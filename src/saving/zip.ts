import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import crc32 from 'buffer-crc32';
import yauzl from 'yauzl';
import { ZipFile } from 'yazl';

// Node's own, where it has one, takes a tenth of the time. yazl calls it from here, too.
Object.assign(crc32, zlib.crc32 && { unsigned: zlib.crc32 });

/** A member of a zip to write: its text, or the file that it is read from. */
type ZipMember = { name: string; text: string } | { name: string; file: string };

// Keras writes three members and at times a few assets.
const MAX_MEMBERS = 1000;
/** More than any architecture takes as JSON: the longest of Keras's networks has 1 MB. */
export const MAX_TEXT_BYTES = 4 * 2 ** 20;
// Keras compresses nothing, and weights that others compressed shrink little: what grows more is made to fill disks.
const MAX_GROWTH = 10;

/** Writes a zip whose members are stored as they are, uncompressed, as Keras does. */
export async function writeZip(path: string, members: ZipMember[]): Promise<void> {
  const zip = new ZipFile();
  for (const member of members) {
    if ('file' in member) {
      zip.addFile(member.file, member.name, { compress: false });
    } else {
      zip.addBuffer(Buffer.from(member.text), member.name, { compress: false });
    }
  }
  const written = pipeline(zip.outputStream, createWriteStream(path));
  zip.once('error', (error: Error) => zip.outputStream.emit('error', error));
  zip.end();
  await written;
}

async function readEntries(zip: yauzl.ZipFile): Promise<Map<string, yauzl.Entry>> {
  if (zip.entryCount > MAX_MEMBERS) throw new Error(`it has ${zip.entryCount} members`);
  const entries = new Map<string, yauzl.Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw new Error(`it has two members '${entry.fileName}'`);
    entries.set(entry.fileName, entry);
  }
  return entries;
}

/** Hands the bytes of a member to `write`, piece by piece, and checks them. */
async function readMember(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  write: NodeJS.WritableStream | ((pieces: AsyncIterable<Buffer>) => Promise<void>),
): Promise<void> {
  const checked = async function* (pieces: AsyncIterable<Buffer>) {
    let sum = 0;
    for await (const piece of pieces) {
      sum = crc32.unsigned(piece, sum);
      yield piece;
    }
    if (sum !== entry.crc32) throw new Error(`the bytes of its member '${entry.fileName}' are damaged`);
  };
  await pipeline(await zip.openReadStreamPromise(entry), checked, write);
}

/**
 * Reads the zip at `path`: the member `textMember` as text, and `fileMember` into the file `to`. Nothing else is read or
 * written, whatever the names of its members.
 *
 * @throws Error when it is no zip, is damaged, lacks one of the two, or has one twice or much larger than Keras would.
 */
export async function readZip(path: string, textMember: string, fileMember: string, to: string): Promise<string> {
  const zip = await yauzl.openPromise(path, { autoClose: false });
  try {
    const entries = await readEntries(zip);
    const find = (name: string, limit: (entry: yauzl.Entry) => number) => {
      const entry = entries.get(name);
      if (!entry) throw new Error(`it has no member '${name}', only ${[...entries.keys()].join(', ') || 'none'}`);
      const { uncompressedSize: size } = entry;
      if (size > limit(entry)) throw new Error(`its member '${name}' of ${size} bytes is no model's`);
      return entry;
    };
    const text = find(textMember, () => MAX_TEXT_BYTES);
    const file = find(fileMember, ({ compressedSize }) => MAX_GROWTH * compressedSize);
    const pieces: Buffer[] = [];
    await readMember(zip, text, async (chunks) => {
      for await (const chunk of chunks) pieces.push(chunk);
    });
    await readMember(zip, file, createWriteStream(to));
    return Buffer.concat(pieces).toString();
  } finally {
    zip.close();
  }
}
