import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * Whether a file exists and has the hash that is asked for.
 *
 * @param hash `sha256:<hex>` or `md5:<hex>`.
 */
export async function hasHash(path: string, hash: string): Promise<boolean> {
  const [algorithm, expected] = hash.split(':') as [string, string];
  const digest = createHash(algorithm);
  try {
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), digest);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
  return digest.digest('hex') === expected;
}
