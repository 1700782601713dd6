import { createWriteStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { ZipFile } from 'yazl';

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
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    const entries = new Map<string, Entry>();
    await new Promise<void>((resolve, reject) => {
      zip.on('entry', (entry: Entry) => {
        entries.set(entry.fileName, entry);
        zip.readEntry();
      });
      zip.on('end', resolve);
      zip.on('error', reject);
      zip.readEntry();
    });
    for (const name of [textMember, fileMember]) {
      if (!entries.has(name)) {
        throw new Error(`it has no member '${name}', only ${[...entries.keys()].join(', ') || 'none'}`);
      }
    }
    await pipeline(await zip.openReadStreamPromise(entries.get(fileMember)!), createWriteStream(to));
    return await text(await zip.openReadStreamPromise(entries.get(textMember)!));
  } finally {
    zip.close();
  }
}
