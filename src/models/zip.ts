import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { openZip } from '../utils/remote_zip';

/** A member of a zip to write: its text, or the file that it is read from. */
export type ZipMember = { name: string; text: string } | { name: string; file: string };

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
 * Reads the zip at `path`: the member `textMember` as text, and `fileMember` into the file `to`.
 *
 * @throws Error when it is no zip, is damaged, or lacks one of the two.
 */
export async function readZip(path: string, textMember: string, fileMember: string, to: string): Promise<string> {
  const zip = await openZip(path);
  const read = (name: string) => {
    const entry = zip.entries.get(name);
    if (!entry) throw new Error(`it has no member '${name}', only ${[...zip.entries.keys()].join(', ') || 'none'}`);
    return zip.read(entry);
  };
  try {
    await writeFile(to, await read(fileMember));
    return (await read(textMember)).toString();
  } finally {
    zip.close();
  }
}
