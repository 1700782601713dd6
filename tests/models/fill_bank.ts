/** Fills a feature bank with four variants and trains on it: node --require scripts/typescript.cjs fill_bank.ts FOLDER WEIGHTS [epoch] */
import { join } from 'node:path';
import { applications, callbacks, models, utils } from '../../src';
import * as tf from '../../src/tf';
import { thawHome } from '../../src/utils/paths';
import { build, pictures, SIZE } from './bank_model';

const [folder, weights, killAt] = process.argv.slice(2) as [string, string, string?];

/** Kills this process in the third epoch. */
class Die extends tf.Callback {
  private epoch = 0;

  override async onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
  }

  override async onBatchEnd(batch: number): Promise<void> {
    if (this.epoch === 2 && batch === 1) process.kill(process.pid, 'SIGKILL');
  }
}

async function main(): Promise<void> {
  utils.setRandomSeed(1);
  const convBase = await applications.vgg16({ weights, includeTop: false, inputShape: [...SIZE, 3] });
  const model = build(convBase, { dropout: 0.5 });
  const train = await pictures(join(folder, 'train'), true);
  const { history } = await models.featureBank({ variants: 4 }).fit(model, train, {
    epochs: 5,
    callbacks: [
      callbacks.backupAndRestore({ backupDir: join(thawHome(), 'backup') }),
      ...(killAt === 'epoch' ? [new Die()] : []),
    ],
  });
  console.log('losses', ...history.loss!);
}

void main();
