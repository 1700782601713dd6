import { createHash } from 'node:crypto';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Decoding } from './decoding';
import { readPicture } from './read_picture';
import { reason } from './reason';
import { shown } from './shown';

/** Stands for the content of a picture's file. */
export const pictureHash = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/**
 * What `pictureHash` gives for each picture's file.
 *
 * @throws Error naming the picture that is gone or can't be read.
 */
export async function pictureHashes(filePaths: string[]): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const file of filePaths) {
    await setImmediate(); // thousands of pictures take seconds
    try {
      hashes.set(file, pictureHash(readPicture(file)));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new Error(
        code === 'ENOENT'
          ? `A picture is gone since its folder was listed: make the dataset anew. Received: ${shown(file)}`
          : `Expected pictures that can be read. Received: ${shown(path.resolve(file))}: ${reason(cause)} ` +
              'Mend it or remove it, then make the dataset anew.',
        { cause },
      );
    }
  }
  return hashes;
}

/**
 * Stands for pictures as they come out: their names below `directory`, their contents, and how they are decoded. A setting
 * that is left out leaves the key as it was before there was that setting.
 *
 * @param hashes What `pictureHashes` gives.
 */
export function pictureKey(hashes: ReadonlyMap<string, string>, directory: string, decoding: Decoding): string {
  const { imageSize, ...others } = decoding;
  const hash = createHash('sha256').update(JSON.stringify(imageSize));
  const settings = Object.entries(others).filter(([, setting]) => setting !== undefined);
  if (settings.length > 0) hash.update(JSON.stringify(settings.sort()));
  for (const [file, content] of hashes) hash.update(`${path.relative(directory, file)} ${content}\n`);
  return hash.digest('hex');
}
