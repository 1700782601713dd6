import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Decoding } from './decoding';
import { ifThere } from './if_there';

/**
 * Stands for pictures as they come out: their names below `directory`, their contents, and how they are decoded. A setting
 * that is undefined leaves the key as it was before there was that setting.
 *
 * @throws Error naming the picture that is gone or can't be read.
 */
export async function pictureKey(filePaths: string[], directory: string, decoding: Decoding): Promise<string> {
  const settings = Object.values(decoding).map((setting) => JSON.stringify(setting));
  const hash = createHash('sha256').update(settings.join(''));
  for (const path of filePaths) {
    const content = await ifThere(readFile(path));
    if (!content) {
      throw new Error(`A picture is gone since its folder was listed: make the dataset anew. Received: ${path}`);
    }
    hash.update(`${relative(directory, path)} ${createHash('sha256').update(content).digest('hex')}\n`);
  }
  return hash.digest('hex');
}
