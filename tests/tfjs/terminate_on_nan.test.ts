import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { callbacks, models, utils } from '../../src';
import * as tf from '../../src/tf';
import { jpeg } from '../support/picture_files';
import { temporaryHome } from '../support/temporary_home';

const folder = mkdtempSync(join(tmpdir(), 'thaw-nan-'));
after(() => rmSync(folder, { recursive: true }));
const { assets } = temporaryHome();

/** What is told on stderr. */
function said(t: TestContext): () => string[] {
  const { mock } = t.mock.method(console, 'error', () => {});
  return () => mock.calls.map(({ arguments: [line] }) => String(line));
}

/** y = w x from w = 1. */
function line(learningRate: number): tf.Sequential {
  const dense = tf.layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones', inputShape: [1] });
  const model = tf.sequential({ layers: [dense] });
  model.compile({ optimizer: tf.train.sgd(learningRate), loss: 'meanSquaredError', metrics: ['accuracy'] });
  return model;
}

const column = (...values: number[]) => tf.tensor2d(values, [values.length, 1]);

/** Counts the batches of a training. */
class Count extends tf.Callback {
  batches = 0;

  override async onBatchEnd(): Promise<void> {
    this.batches++;
  }
}

test('fit stops at the batch whose loss is NaN, says where and what helps, and keeps the history', async (t) => {
  const told = said(t);
  const [xs, ys] = [column(0, 0, Number.NaN, 0), column(0, 0, 0, 0)];
  const model = line(0.1);
  const count = new Count();
  const options = { epochs: 50, batchSize: 1, shuffle: false, verbose: 0, callbacks: [count] };
  await model.fit(column(0), column(0), { epochs: 1, verbose: 0 });
  const tensors = tf.memory().numTensors;
  const { epoch, history } = await model.fit(xs, ys, options);
  assert.equal(count.batches, 3);
  assert.deepEqual([epoch, history.loss], [[0], [Number.NaN]]);
  assert.equal(told().length, 1);
  assert.match(told()[0]!, /^The loss is NaN in epoch 1, batch 3: the training stops here\. .*a lower learning rate/);
  assert.equal(tf.memory().numTensors, tensors);

  // The next one is another training.
  model.setWeights([column(1)]);
  const next = await model.fit(column(0), column(0), { epochs: 2, verbose: 0 });
  assert.deepEqual(next.epoch, [0, 1]);
  assert.equal(told().length, 1);
});

test('fitDataset stops at the batch whose loss is infinite, before it validates', async (t) => {
  const told = said(t);
  let validated = 0;
  const pairs = (x: number) =>
    tf.data
      .array([
        { xs: [1], ys: [1] },
        { xs: [x], ys: [0] },
      ])
      .batch(1);
  const validationData = pairs(1).map((batch) => {
    validated++;
    return batch;
  });
  const { epoch, history } = await line(0.1).fitDataset(pairs(1e30), { epochs: 50, verbose: 0, validationData });
  assert.deepEqual([epoch, history.loss], [[0], [Number.POSITIVE_INFINITY]]);
  assert.equal(validated, 0);
  assert.match(told()[0]!, /^The loss is Infinity in epoch 1, batch 2: /);
});

test("the feature bank's fit stops as well", async (t) => {
  const told = said(t);
  t.mock.method(console, 'log', () => {});
  for (const [index, kind] of ['cat', 'dog', 'cat', 'dog'].entries()) {
    mkdirSync(join(assets, kind), { recursive: true });
    writeFileSync(join(assets, kind, `${index}.jpg`), await jpeg(8 + index, 8));
  }
  const pictures = await utils.imageDatasetFromDirectory(assets, {
    imageSize: [4, 4],
    batchSize: 2,
    shuffle: false,
    labelMode: 'binary',
  });
  const base = tf.layers.conv2d({ filters: 40, kernelSize: 3, inputShape: [4, 4, 3], trainable: false });
  const head = tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.constant({ value: 1e30 }) });
  const model = tf.sequential({ layers: [base, tf.layers.flatten(), head] });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const count = new Count();
  const { epoch } = await models.featureBank().fit(model, pictures, { epochs: 50, callbacks: [count] });
  assert.deepEqual([epoch, count.batches], [[0], 1]);
  assert.match(told()[0]!, /^The loss is Infinity in epoch 1, batch 1: /);
});

test('a val_loss that alone is NaN is told once, and the training goes on', async (t) => {
  const told = said(t);
  const validationData: [tf.Tensor, tf.Tensor] = [column(Number.NaN), column(0)];
  const { epoch } = await line(0.1).fit(column(1), column(0), { epochs: 3, verbose: 0, validationData });
  assert.deepEqual(epoch, [0, 1, 2]);
  assert.equal(told().length, 1);
  assert.match(told()[0]!, /^The val_loss is NaN in epoch 1, while the loss is a number: .*validation data/);
});

test('what NaN has spoilt takes no place in a checkpoint, whatever it watches', async (t) => {
  const told = said(t);
  for (const [index, args] of [{}, { saveBestOnly: true, monitor: 'acc' }].entries()) {
    const filepath = join(folder, `${index}.keras`);
    const checkpoint = callbacks.modelCheckpoint({ filepath, ...args });
    // From epoch 2 on the weight is too large for its square; after epoch 1 of the second training it is infinite.
    await line(1e20).fit(column(1), column(0), { epochs: 50, verbose: 0, callbacks: [checkpoint] });
    const kept = await models.loadModel(filepath);
    assert.ok(Number.isFinite(kept.getWeights()[0]!.dataSync()[0]));
    const { mtimeMs } = statSync(filepath);
    await line(3e38).fit(column(1), column(0), { epochs: 50, verbose: 0, callbacks: [checkpoint] });
    assert.equal(statSync(filepath).mtimeMs, mtimeMs);
  }
  assert.match(told()[0]!, /^The loss is Infinity in epoch 2, batch 1: /);
  assert.match(told()[1]!, /^Weights are NaN or infinite after epoch 1: /);
});

test('the backup of the epoch before NaN stays, and each run goes on from there and says again why it stops', async (t) => {
  const told = said(t);
  const backupDir = join(folder, 'backup');
  const train = async (rate: number) => {
    utils.setRandomSeed(1);
    const model = line(rate);
    const row = [callbacks.backupAndRestore({ backupDir })];
    const { epoch } = await model.fit(column(1), column(0), { epochs: 50, verbose: 0, callbacks: row });
    return epoch;
  };
  assert.deepEqual(await train(1e20), [0, 1]);
  const backup = join(backupDir, 'training.backup');
  const { mtimeMs } = statSync(backup);
  for (let run = 0; run < 2; run++) {
    assert.deepEqual(await train(1e20), [0, 1]);
    assert.equal(statSync(backup).mtimeMs, mtimeMs);
  }
  const why = /^The loss is Infinity in epoch 2, batch 1: /;
  const expected = [why, /^Going on from epoch 2: /, why, /^Going on from epoch 2: /, why];
  assert.equal(told().length, expected.length);
  for (const [index, pattern] of expected.entries()) assert.match(told()[index]!, pattern);
  // With another rate it is another training, which begins anew; at its end no backup is left.
  assert.equal((await train(0.1)).length, 50);
  assert.ok(!existsSync(backup));

  // Where the first epoch spoils the weights, there is nothing to go on from.
  assert.deepEqual(await train(3e38), [0]);
  assert.ok(!existsSync(backup));
});
