/**
 * @file Has Python Keras draw small models of any layers that Thaw has, opens them here from each format, saves them, and has
 * Keras open those; says what differs. In a checkout that is set up:
 * `node --require ./scripts/typescript.cjs tests/attacks/random_models.ts [MODELS] [SEED]`; ends with 1 where anything does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryRandomModels } from '../saving/random_models';

async function main(): Promise<number> {
  const [count = 200, seed = 1] = process.argv.slice(2).map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'thaw-random-'));
  const { faults, worst, opened, openedByKeras, classes } = await tryRandomModels(folder, count, seed);
  for (const [name, often] of [...classes].sort(([a], [b]) => a.localeCompare(b))) console.log(`${name}: ${often}`);
  for (const fault of faults) console.log(`WRONG ${fault}`);
  console.log(`${count} models, seed ${seed}: ${opened} files opened here, ${openedByKeras} by Keras`);
  console.log(
    `greatest difference ${worst.toPrecision(3)}; ${faults.length > 0 ? `wrong, see ${folder}` : 'nothing wrong'}`,
  );
  if (faults.length > 0) return 1;
  rmSync(folder, { recursive: true });
  return 0;
}

void main().then((code) => process.exit(code));
