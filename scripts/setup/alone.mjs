import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clearLeftovers } from './anew.mjs';
import { isRunning, read, reason, root, SetupError, say, stopInterrupted } from './steps.mjs';

const LOOK = 300; // ms between two looks at another's lock
const BEAT = 2000; // ms after which who has the lock touches it
const DEAD = 20; // seconds of looking at a lock that nobody touches

const lock = path.join(root, '.setup.lock');

/**
 * Does steps while no other set-up of this checkout does any: that one is waited for, which is told.
 *
 * Who has the lock touches it every other second, and a lock that stays as it is belongs to nobody any more. So neither
 * the number of a process counts, which another may have by now, nor a clock, and what the lock says is for people. A
 * library can't do this, since set-up replaces the folder that it would come from.
 * @param {() => Promise<void>} steps
 * @param {number} [dead] seconds after which a lock that nobody touches is taken over
 */
export async function alone(steps, dead = DEAD) {
  const mine = `process ${process.pid}, ${randomUUID()}`;
  await take(mine, dead);
  const release = () => {
    if (read(lock) === mine) fs.rmSync(lock, { force: true });
  };
  const beat = setInterval(() => {
    if (read(lock) === mine) return fs.utimesSync(lock, new Date(), new Date());
    // This process was stopped for so long that it was taken for dead.
    say('\nAnother set-up of this checkout has taken over. Run this again when it is done.');
    process.exit(1);
  }, BEAT);
  /** A command that runs is waited for by who runs it. */
  const stop = () => {
    if (!isRunning()) stopInterrupted();
  };
  process.once('exit', release);
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  try {
    await clearLeftovers();
    await steps();
  } finally {
    await clearLeftovers();
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

/**
 * @param {string} mine what the lock says
 * @param {number} dead
 */
async function take(mine, dead) {
  let seen;
  for (let looks = 0, unchanged = 0; ; looks++, await sleep(LOOK)) {
    try {
      fs.writeFileSync(lock, mine, { flag: 'wx' });
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST')
        throw new SetupError(`Nothing can be written into this checkout, ${root}: ${reason(error)}`);
    }
    const found = fs.lstatSync(lock, { throwIfNoEntry: false });
    const state = `${found?.ino} ${found?.mtimeMs}`;
    // Looks are counted, not seconds: while this computer sleeps nobody can touch the lock.
    unchanged = state === seen ? unchanged + 1 : 0;
    seen = state;
    if (unchanged * LOOK > dead * 1000) fs.rmSync(lock, { force: true });
    else if (looks === 0)
      say(
        `• waiting for another set-up of this checkout (${read(lock).split(',')[0]}); should it be gone, ${dead} seconds`,
      );
    else if ((looks * LOOK) % 60_000 === 0) say(`  still waiting, for ${(looks * LOOK) / 60_000} min`);
  }
}
