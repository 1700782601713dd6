import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { callbacks, models } from '../../src';
import * as tf from '../../src/tf';
import type { UnreadLogs } from '../../src/tfjs/log_values';
import { relativeError, reportWorst } from '../support/parity';
import { temporaryHome } from '../support/temporary_home';
import { read, smallModel, writePictures } from './small_bank';

const { home, assets: folder } = temporaryHome();
before(() => writePictures(folder, { train: 12 }));

const numbersOf = (model: tf.LayersModel) => model.getWeights().flatMap((weight) => [...weight.dataSync()]);

interface Options {
  bank?: boolean;
  augmented?: boolean;
  failBefore?: number;
  backup?: string;
}

/** What `val_loss` is said to be: after the fourth epoch nothing is better, and with a patience of 2 the sixth is the last. */
const VALUES = [0.9, 0.5, 0.6, 0.4, 0.45, 0.5, 0.7];

/** Trains with EarlyStopping. Gives the epochs, all weights after each and at the end. */
async function train({ bank = true, augmented = false, failBefore = -1, backup }: Options = {}) {
  const { numTensors } = tf.memory();
  const model = smallModel({ augmented });
  const dataset = await read(join(folder, 'train'));
  const weights: number[][] = [];
  class Watch extends tf.Callback {
    override async onEpochBegin(epoch: number) {
      if (epoch === failBefore) throw new Error('the power has failed');
    }

    override async onEpochEnd(epoch: number, logs: UnreadLogs = {}) {
      logs.val_loss = VALUES[epoch]!;
      weights[epoch] = numbersOf(model);
    }
  }
  const backups = backup ? [callbacks.backupAndRestore({ backupDir: join(home, backup) })] : [];
  const stop = callbacks.earlyStopping({ patience: 2, restoreBestWeights: true });
  try {
    const { epoch } = await models.featureBank({ enabled: bank, variants: 2 }).fit(model, dataset, {
      epochs: VALUES.length,
      validationData: dataset,
      callbacks: [new Watch(), ...backups, stop],
    });
    return { epoch, weights, last: numbersOf(model) };
  } finally {
    model.optimizer.dispose();
    model.dispose();
    if (failBefore < 0) assert.equal(tf.memory().numTensors, numTensors);
  }
}

const silence = (t: TestContext) => {
  t.mock.method(console, 'log', () => {});
  t.mock.method(console, 'error', () => {});
};

const checkRestored = ({ epoch, weights, last }: Awaited<ReturnType<typeof train>>) => {
  assert.deepEqual(epoch, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(last, weights[3]);
  assert.notDeepEqual(last, weights[5]);
};

test('earlyStopping in a feature bank stops it and restores the best weights, as without the bank', async (t) => {
  silence(t);
  const [kept, plain] = [await train(), await train({ bank: false })];
  checkRestored(kept);
  checkRestored(plain);
  reportWorst(t, 'all weights, with the bank and without', relativeError(kept.last, plain.last), 1e-5);
  checkRestored(await train({ augmented: true }));
});

test('a training with a feature bank that goes on restores weights of before its interruption', async (t) => {
  silence(t);
  const undisturbed = await train();
  await assert.rejects(train({ backup: 'failed', failBefore: 5 }), /the power has failed/);
  const again = await train({ backup: 'failed' });
  assert.deepEqual([again.epoch, again.last], [undisturbed.epoch, undisturbed.weights[3]]);
  assert.equal(again.weights.filter(Boolean).length, 1, 'only the last epoch was left');
});
