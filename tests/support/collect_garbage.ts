import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Collects garbage, and gives what waits for that its turns. */
export async function collectGarbage(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    collect();
    await setImmediate();
  }
}
