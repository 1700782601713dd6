import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Entry } from 'yauzl';
import { ZipFile } from 'yazl';
import { openZip } from '../utils/zip_archive';

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

/**
 * Reads the zip at `path`: the member `textMember` as text, and `fileMember` into the file `to`. Nothing else is read or
 * written, whatever the names of its members.
 *
 * @throws Error when it is no zip, is damaged, lacks one of the two, or has one twice or much larger than Keras would.
 */
export async function readZip(path: string, textMember: string, fileMember: string, to: string): Promise<string> {
  const zip = await openZip(path, MAX_MEMBERS);
  try {
    if (zip.repeated !== undefined) throw new Error(`it has two members '${zip.repeated}'`);
    const find = (name: string, limit: (entry: Entry) => number) => {
      const entry = zip.entries.get(name);
      if (!entry) throw new Error(`it has no member '${name}', only ${[...zip.entries.keys()].join(', ') || 'none'}`);
      const { uncompressedSize: size } = entry;
      if (size > limit(entry)) throw new Error(`its member '${name}' of ${size} bytes is no model's`);
      return entry;
    };
    const text = find(textMember, () => MAX_TEXT_BYTES);
    const file = find(fileMember, ({ compressedSize }) => MAX_GROWTH * compressedSize);
    const read = String(await zip.read(text));
    await pipeline(zip.pieces(file), createWriteStream(to));
    return read;
  } finally {
    zip.close();
  }
}
