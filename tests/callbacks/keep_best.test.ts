import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { callbacks, models } from '../../src';
import * as tf from '../../src/tf';

const folder = mkdtempSync(join(tmpdir(), 'thaw-keep-best-'));
after(() => rmSync(folder, { recursive: true }));

const xs = tf.tensor2d([[1], [2]]);
const ys = tf.tensor2d([[0], [1]]);

function compiled(): tf.Sequential {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], activation: 'sigmoid', kernelInitializer: 'zeros' })],
  });
  // Steps so large that the loss on the validation set, the opposite labels, is lowest after the first epoch.
  model.compile({ optimizer: tf.train.sgd(1), loss: 'binaryCrossentropy' });
  return model;
}

const train = async (model: tf.Sequential, more: tf.CustomCallback[] = []) =>
  model.fit(xs, ys, {
    epochs: 3,
    verbose: 0,
    validationData: [xs, tf.sub(1, ys)],
    callbacks: [...callbacks.keepBest({ filepath: join(folder, 'head.keras'), classNames: ['cat', 'dog'] }), ...more],
  });

test('keepBest leaves the best model with its class names and a table of the training, and goes on where it stopped', async () => {
  const fail = new tf.CustomCallback({
    onEpochBegin: (epoch) => {
      if (epoch === 2) throw new Error('the power has failed');
    },
  });
  await assert.rejects(train(compiled(), [fail]), /the power has failed/);
  assert.deepEqual(readdirSync(folder).sort(), ['head.backup', 'head.csv', 'head.keras']);
  const model = compiled();
  const weights: number[] = [];
  const watch = new tf.CustomCallback({
    onEpochEnd: () => {
      weights.push(model.getWeights()[0]!.dataSync()[0]!);
    },
  });
  const { history } = await train(model, [watch]);
  assert.equal(weights.length, 1, 'two epochs were over');
  const losses = history.val_loss as number[];
  assert.equal(losses.indexOf(Math.min(...losses)), 0);
  assert.deepEqual(readdirSync(folder).sort(), ['head.csv', 'head.keras']);
  const lines = readFileSync(join(folder, 'head.csv'), 'utf8').trim().split(/\r\n/);
  assert.equal(lines[0], 'epoch,loss,val_loss');
  assert.deepEqual(
    lines.slice(1).map((line) => Number(line.split(',')[2])),
    losses,
  );
  const best = await models.loadModel(join(folder, 'head.keras'));
  best.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
  assert.deepEqual(models.classNames(best), ['cat', 'dog']);
  const loss = (best.evaluate(xs, tf.sub(1, ys)) as tf.Scalar).dataSync()[0]!;
  assert.ok(Math.abs(loss - losses[0]!) < 1e-6, `${loss}, ${losses}`);
});

test('keepBest refuses a path that is not of a .keras file, and unknown options', () => {
  assert.throws(
    () => callbacks.keepBest({ filepath: 'head.h5' }),
    /must end in `\.keras`\. Received: filepath=head\.h5/,
  );
  const args = { filepath: 'a.keras', monitor: 'acc' };
  assert.throws(() => callbacks.keepBest(args), /keepBest.*monitor/);
});
