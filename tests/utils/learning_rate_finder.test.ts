import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { utils } from '../../src';
import * as tf from '../../src/tf';
import { jpeg } from '../support/picture_files';
import { temporaryHome } from '../support/temporary_home';

/** Points to the left and right of a line, and on which side each lies. */
function points(): [tf.Tensor2D, tf.Tensor2D] {
  return tf.tidy(() => {
    const xs = tf.randomNormal([96, 4], 0, 1, 'float32', 3) as tf.Tensor2D;
    return [xs, xs.sum(1, true).greater(0).toFloat() as tf.Tensor2D];
  });
}

function classifier(optimizer: tf.Optimizer | string, metrics: string[] = []): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, activation: 'tanh', inputShape: [4], kernelInitializer: 'zeros' }),
      tf.layers.batchNormalization(),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'ones' }),
    ],
  });
  model.compile({ optimizer, loss: 'binaryCrossentropy', metrics });
  return model;
}

const values = (model: tf.LayersModel) => model.getWeights().map((weight) => Array.from(weight.dataSync()));

test('learningRateFinder goes from the first rate up by equal factors, and suggests a tenth of the best', async () => {
  const [xs, ys] = points();
  const model = classifier('sgd');
  const search = { startRate: 1e-5, endRate: 1, steps: 51 };
  const { rates, losses, smoothedLosses, suggestion } = await utils.learningRateFinder(model, [xs, ys], search);
  assert.deepEqual([rates.length, losses.length, smoothedLosses.length], [51, 51, 51]);
  assert.ok(Math.abs(rates[0]! / 1e-5 - 1) < 1e-9 && Math.abs(rates[50]! - 1) < 1e-9);
  for (const at of [1, 25, 50]) assert.ok(Math.abs(rates[at]! / rates[at - 1]! - 10 ** 0.1) < 1e-9);
  assert.equal(smoothedLosses[0], losses[0]);
  const average = (0.9 * 0.1 * losses[0]! + 0.1 * losses[1]!) / (1 - 0.9 ** 2);
  assert.ok(Math.abs(smoothedLosses[1]! - average) < 1e-9);
  const least = smoothedLosses.indexOf(Math.min(...smoothedLosses));
  assert.ok(least > 0);
  assert.equal(suggestion, rates[least]! / 10);
  model.dispose();
  tf.dispose([xs, ys]);
});

test('learningRateFinder stops where the loss explodes', async () => {
  const [xs, ys] = points();
  const model = classifier('sgd');
  const { rates, smoothedLosses } = await utils.learningRateFinder(model, [xs, ys], { endRate: 1e12, steps: 60 });
  assert.ok(rates.length < 60, String(rates.length));
  const before = smoothedLosses.slice(0, -1);
  assert.ok(before.every((loss, at) => loss <= 4 * Math.min(...before.slice(0, at + 1))));
  model.dispose();
  tf.dispose([xs, ys]);
});

for (const name of ['rmsprop', 'adam', 'sgd', 'momentum', 'adagrad'] as const) {
  test(`a training after learningRateFinder goes as without it, with ${name} and what it remembers`, async () => {
    const [xs, ys] = points();
    const trained = async (find: boolean) => {
      utils.setRandomSeed(5);
      const optimizer = name === 'momentum' ? tf.train.momentum(0.01, 0.9) : tf.train[name](0.01);
      const model = classifier(optimizer, ['accuracy']);
      await model.fit(xs, ys, { epochs: 1, verbose: 0 });
      const before = values(model);
      if (find) {
        const { numTensors } = tf.memory();
        await utils.learningRateFinder(model, [xs, ys], { steps: 20 });
        assert.equal(tf.memory().numTensors, numTensors);
        assert.equal(model.optimizer, optimizer);
        assert.deepEqual(values(model), before);
      }
      await model.fit(xs, ys, { epochs: 2, verbose: 0 });
      const after = values(model);
      assert.notDeepEqual(after, before);
      model.dispose();
      optimizer.dispose();
      return after;
    };
    assert.deepEqual(await trained(true), await trained(false));
    tf.dispose([xs, ys]);
  });
}

test('a model whose own the optimizer is takes it along when it goes', async () => {
  const [xs, ys] = points();
  const { numTensors } = tf.memory();
  const model = classifier('adam');
  await model.fit(xs, ys, { epochs: 1, verbose: 0 });
  await utils.learningRateFinder(model, [xs, ys], { steps: 5 });
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  tf.dispose([xs, ys]);
});

test('learningRateFinder takes a dataset, and walks it again where it is short', async () => {
  const [xs, ys] = points();
  const { numTensors } = tf.memory();
  const model = classifier('sgd');
  let walks = 0;
  const dataset = tf.data.generator(async function* () {
    walks++;
    for (const start of [0, 48]) yield { xs: xs.slice(start, 48), ys: ys.slice(start, 48) };
  });
  const { rates } = await utils.learningRateFinder(model, dataset, { steps: 7, endRate: 0.1 });
  assert.deepEqual([rates.length, walks], [7, 4]);
  const empty = tf.data.generator(async function* () {});
  await assert.rejects(utils.learningRateFinder(model, empty as typeof dataset), /Received: an empty one/);
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  tf.dispose([xs, ys]);
});

test('where the loss only rises, nothing is suggested; where it is no number, the reason is said', async () => {
  const [xs, ys] = points();
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4], kernelInitializer: 'zeros' })] });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const zeros = tf.zerosLike(ys);
  const all = { steps: 3, batchSize: 96 };
  // It is right already.
  assert.equal((await utils.learningRateFinder(model, [xs, zeros], all)).suggestion, undefined);
  const nothing = tf.fill(ys.shape, Number.NaN);
  await assert.rejects(utils.learningRateFinder(model, [xs, nothing]), /a loss that is a number .* Received: none/);
  assert.deepEqual(values(model), [[0, 0, 0, 0], [0]]);
  model.dispose();
  tf.dispose([xs, ys, zeros, nothing]);
});

test('learningRateFinder refuses a model that is not compiled or in training, and options out of range', async () => {
  const [xs, ys] = points();
  const uncompiled = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4] })] });
  await assert.rejects(utils.learningRateFinder(uncompiled, [xs, ys]), /must be compiled first/);
  const model = classifier('sgd');
  const misspelt = { steps: 3, rates: 3 };
  for (const [args, reason] of [
    [{ startRate: 0 }, /rates above 0/],
    [{ startRate: 1, endRate: 0.1 }, /Received: 1 to 0\.1/],
    [{ endRate: Infinity }, /rates above 0/],
    [{ steps: 1 }, /steps to be a whole number, at least 2/],
    [{ batchSize: 0.5 }, /batchSize to be a whole number, at least 1/],
    [misspelt, /Received: rates/],
  ] as const) {
    await assert.rejects(utils.learningRateFinder(model, [xs, ys], args), reason);
  }
  const training = model.fit(xs, ys, { epochs: 2, verbose: 0 });
  await assert.rejects(utils.learningRateFinder(model, [xs, ys]), /one training of .* at a time/);
  await training;
  model.dispose();
  uncompiled.dispose();
  tf.dispose([xs, ys]);
});

test('learningRateFinder takes a dataset of pictures, whose walk it ends', async () => {
  const folder = temporaryHome().assets;
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let picture = 0; picture < 3; picture++) writeFileSync(join(folder, name, `${picture}.jpg`), await jpeg(8, 8));
  }
  const dataset = await utils.imageDatasetFromDirectory(folder, {
    imageSize: [8, 8],
    batchSize: 2,
    labelMode: 'binary',
  });
  const { numTensors } = tf.memory();
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [8, 8, 3] }), tf.layers.dense({ units: 1, activation: 'sigmoid' })],
  });
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
  // The last step is the second of the second walk.
  const { rates } = await utils.learningRateFinder(model, dataset, { steps: 5, endRate: 1e-3 });
  assert.equal(rates.length, 5);
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  assert.equal(process.listenerCount('SIGINT'), 0);
});
