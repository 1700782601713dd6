import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Entry } from 'yauzl';
import { ZipFile } from 'yazl';
import { megabytes, transferProgress } from '../utils/transfer_progress';
import { openZip, type ZipArchive } from '../utils/zip_archive';
import { checkMembers, findDirectory } from './plain_zip';

/** A member of a zip to write: its text, or the file that it is read from. */
type ZipMember = { name: string; text: string } | { name: string; file: string };

// Keras writes three members and at times a few assets.
const MAX_MEMBERS = 1000;
/** More than any architecture takes as JSON: the longest of Keras's networks has 1 MB. */
export const MAX_TEXT_BYTES = 4 * 2 ** 20;
// Keras compresses nothing, and weights that others compressed shrink little, but for those that are all zeros: what is
// larger than a small model's, and grows more, is made to fill disks.
const MAX_GROWTH = 10;
const SMALL_BYTES = 64 * 2 ** 20;
// What is unpacked sooner needs no line.
const QUIET_SECONDS = 2;

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

/** Hands on pieces of so many bytes in all, and tells how far they are where it takes a while. */
async function* withProgress(pieces: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  const progress = transferProgress('Unpacking the weights', megabytes, QUIET_SECONDS);
  let done = 0;
  for await (const piece of pieces) {
    done += piece.length;
    progress(done, bytes);
    yield piece;
  }
}

/**
 * Reads the zip at `path`: the member `textMember` as text, and `fileMember` into the file `to`. Nothing else is read or
 * written, whatever the names of its members.
 *
 * @throws Error when it is no zip, is damaged, can be read in two ways, lacks one of the two, or has one that is much larger
 *   than Keras's would be.
 */
export function readZip(path: string, textMember: string, fileMember: string, to: string): Promise<string> {
  return withZip(path, (zip) => readMembers(zip, textMember, fileMember, to));
}

/**
 * Reads a member of the zip at `path` as text: undefined where it has none of the name.
 *
 * @throws Error when it is no zip, is damaged, can be read in two ways, or the member is larger than any text of Keras's.
 */
export function readZipText(path: string, member: string): Promise<string | undefined> {
  return withZip(path, async (zip) => (zip.entries.has(member) ? readText(zip, member) : undefined));
}

async function withZip<T>(path: string, use: (zip: ZipArchive) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    const directory = await findDirectory(file);
    if (directory.count > MAX_MEMBERS) throw new Error(`it has ${directory.count} members`);
    const zip = await openZip(path);
    try {
      await checkMembers(file, directory, zip);
      return await use(zip);
    } finally {
      zip.close();
    }
  } finally {
    await file.close();
  }
}

function find(zip: ZipArchive, name: string, limit: (entry: Entry) => number): Entry {
  const entry = zip.entries.get(name);
  if (!entry) throw new Error(`it has no member '${name}', only ${[...zip.entries.keys()].join(', ') || 'none'}`);
  const { uncompressedSize: size } = entry;
  if (size > limit(entry)) throw new Error(`its member '${name}' of ${size} bytes is no model's`);
  return entry;
}

const readText = async (zip: ZipArchive, name: string) => String(await zip.read(find(zip, name, () => MAX_TEXT_BYTES)));

async function readMembers(zip: ZipArchive, textMember: string, fileMember: string, to: string): Promise<string> {
  const file = find(zip, fileMember, ({ compressedSize }) => Math.max(MAX_GROWTH * compressedSize, SMALL_BYTES));
  const read = await readText(zip, textMember);
  await pipeline(withProgress(zip.pieces(file), file.uncompressedSize), createWriteStream(to));
  return read;
}
