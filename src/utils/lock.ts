import { mkdir, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ifThere } from './if_there';
import { reason } from './reason';
import { shown } from './shown';

const LOOK = 500; // ms between two looks at another's lock

/**
 * Runs `work` while this process alone holds `<path>.lock`. Another process that wants it waits, and says so, every minute
 * anew; the lock of a killed process is taken over after some seconds.
 *
 * @param path What is protected; it need not exist yet.
 * @param dead Seconds of looking at a lock that nobody touches, whatever its time, after which it is nobody's: who holds one
 * touches it every five seconds. Defaults to 15.
 * @throws What `work` throws, or an error naming `path` when the lock was lost (a computer that slept, say).
 */
export async function withLock<T>(path: string, work: () => Promise<T>, dead = 15): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  // Only where something is fetched, since loading it adds listeners for SIGINT and the like.
  const { lock } = (await import('proper-lockfile')).default;
  let lost = (_error: Error): void => {};
  const whenLost = new Promise<never>((_, reject) => {
    lost = (error) => reject(new Error(`The lock on ${shown(path)} was lost (${reason(error)}). Run this again.`));
  });
  whenLost.catch(() => {}); // It may be lost when no one races it any more.
  const take = () => lock(path, { realpath: false, onCompromised: (error: Error) => lost(error) });
  const release = await whenFree(path, take, dead);
  try {
    return await Promise.race([work(), whenLost]);
  } finally {
    await release().catch(() => {}); // Already lost, or its folder was removed: nothing is left to release.
  }
}

/** What `take` gives as soon as nobody else has the lock. */
async function whenFree<T>(path: string, take: () => Promise<T>, dead: number): Promise<T> {
  let seen: number | undefined;
  for (let looks = 0, unchanged = 0; ; looks++) {
    try {
      return await take();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    const touched = (await ifThere(stat(`${path}.lock`)))?.mtimeMs;
    unchanged = touched === seen ? unchanged + 1 : 0;
    seen = touched;
    // The library goes by the clock: it would wait for one of a time to come, as a clock that was set right leaves it.
    // Looks are counted, not seconds: while this computer sleeps nobody can touch the lock.
    if (unchanged * LOOK > dead * 1000) await ifThere(utimes(`${path}.lock`, 0, 0));
    const minutes = (looks * LOOK) / 60_000;
    if (looks === 0) process.stderr.write(`Waiting for another process that is making ${shown(path)}\n`);
    else if (Number.isInteger(minutes)) process.stderr.write(`Still waiting for ${shown(path)}, for ${minutes} min\n`);
    await sleep(LOOK);
  }
}
