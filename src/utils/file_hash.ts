import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ifThere } from './if_there';

/**
 * Whether a file exists and has the hash that is asked for.
 *
 * @param hash `sha256:<hex>` or `md5:<hex>`.
 */
export async function hasHash(path: string, hash: string): Promise<boolean> {
  const [algorithm, expected] = hash.split(':') as [string, string];
  const digest = createHash(algorithm);
  const read = pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), digest).then(() => digest.digest('hex'));
  return (await ifThere(read)) === expected;
}
