/**
 * Trains from a feature bank and prints its losses: node --require scripts/typescript.cjs use_bank.ts FOLDER [hold | often]. `hold`: waits
 * in the first epoch until it is sent a line. `often`: predicts over and over, each time with another frozen network.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { read, smallModel } from './small_bank';

const [folder, mode] = process.argv.slice(2) as [string, string?];

class Hold extends tf.Callback {
  override async onEpochBegin(epoch: number): Promise<void> {
    if (mode !== 'hold' || epoch > 0) return;
    console.log('holding');
    await once(process.stdin, 'data');
    process.stdin.destroy();
  }
}

async function often(): Promise<void> {
  const dataset = await read(join(folder, 'validation'));
  const model = smallModel();
  const first = model.getLayer('first');
  for (let round = 0; round < 60; round++) {
    first.setWeights(first.getWeights().map((weight) => weight.add(round)));
    (await models.featureBank().predict(model, dataset)).dispose();
  }
  console.log('losses of none');
}

async function main(): Promise<void> {
  if (mode === 'often') return often();
  const [train, validationData] = [await read(join(folder, 'train')), await read(join(folder, 'validation'))];
  const bank = models.featureBank({ variants: 2 });
  const { history } = await bank.fit(smallModel(), train, { epochs: 4, validationData, callbacks: new Hold() });
  console.log('losses', ...(history.loss ?? []), ...(history.val_loss ?? []));
}

main().catch((error) => {
  console.error(`FAILED ${error.message}`);
  process.exitCode = 1;
});
