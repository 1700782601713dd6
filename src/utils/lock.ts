import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reason } from './reason';
import { shown } from './shown';

/**
 * Runs `work` while this process alone holds `<path>.lock`. Another process that wants it waits, and says so; the lock
 * of a killed process is taken over after 10 seconds.
 *
 * @param path What is protected; it need not exist yet.
 * @throws What `work` throws, or an error naming `path` when the lock was lost (a computer that slept, say).
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  // Only where something is fetched, since loading it adds listeners for SIGINT and the like.
  const { lock } = (await import('proper-lockfile')).default;
  let lost = (_error: Error): void => {};
  const whenLost = new Promise<never>((_, reject) => {
    lost = (error) => reject(new Error(`The lock on ${shown(path)} was lost (${reason(error)}). Run this again.`));
  });
  whenLost.catch(() => {}); // It may be lost when no one races it any more.
  const options = { realpath: false, onCompromised: (error: Error) => lost(error) };
  const release = await lock(path, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOCKED') {
      throw error;
    }
    process.stderr.write(`Waiting for another process that is making ${shown(path)}\n`);
    return lock(path, { ...options, retries: { forever: true, minTimeout: 200, maxTimeout: 1000 } });
  });
  try {
    return await Promise.race([work(), whenLost]);
  } finally {
    await release().catch(() => {}); // Already lost, or its folder was removed: nothing is left to release.
  }
}
