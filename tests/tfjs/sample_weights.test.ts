import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/tf';

/** y = w x from w = 1: with a label of 3 for 1 the loss is 4, with 2 it is 1. */
function line(outputs = 1): tf.LayersModel {
  const input = tf.input({ shape: [1] });
  const dense = () => tf.layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones' });
  const model = tf.model({
    inputs: input,
    outputs: Array.from({ length: outputs }, () => dense().apply(input) as tf.SymbolicTensor),
  });
  model.compile({ optimizer: tf.train.sgd(0), loss: 'meanSquaredError' });
  return model;
}
const xs = tf.ones([4, 1]);
const ys = tf.tensor2d([[3], [2], [2], [3]]);
const weights = tf.tensor1d([1, 0, 2, 0.5]);
const settings = { verbose: 0, batchSize: 3 };

test('each sample counts by its weight, in whatever order and batch, and nothing leaks', async () => {
  const model = line();
  await model.fit(xs, ys, settings);
  const { numTensors } = tf.memory();
  const { history } = await model.fit(xs, ys, { ...settings, sampleWeight: weights });
  assert.equal(history.loss![0], (4 + 0 + 2 + 2) / 4);
  const ofClasses = await model.fit(xs, ys, { ...settings, classWeight: { 3: 0.5 } });
  assert.equal(ofClasses.history.loss![0], (2 + 1 + 1 + 2) / 4);
  const split = await model.fit(xs, ys, { ...settings, classWeight: { 3: 0.5 }, validationSplit: 0.25 });
  assert.deepEqual(
    [split.history.loss, split.history.val_loss],
    [[4 / 3], [4]].map((each) => each.map(Math.fround)),
  );
  const byName = await model.fit(xs, ys, { ...settings, classWeight: [{ 3: 0.5 }] });
  assert.equal(byName.history.loss![0], 1.5);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('what weights are not supported for is an error before training', async () => {
  const refused = (model: tf.LayersModel, args: object) => model.fit(xs, ys, { ...settings, ...args });
  const sampleWeight = weights;
  for (const [args, message] of [
    [{ sampleWeight, classWeight: { 0: 1 } }, /sampleWeight with classWeight isn't supported\. Multiply/],
    [{ sampleWeight, validationSplit: 0.5 }, /sampleWeight with validationSplit isn't supported\. Give validationData/],
    [{ validationData: [xs, ys, weights] }, /validationData with sample weights isn't supported\. Give \[xs, ys\]/],
    [{ sampleWeight: tf.ones([3]) }, /Expected sampleWeight to be a tensor \[4\], .* Received: a tensor \[3\]/],
    [{ sampleWeight: tf.ones([4, 1]) }, /Received: a tensor \[4,1\]/],
    [{ sampleWeight: [1, 1, 1, 1] }, /Received: object/],
    [{ classWeight: { cat: 1 } }, /a weight of 0 or more for each class number, .* Received: cat: 1/],
    [{ classWeight: { 0: Number.NaN } }, /Received: 0: NaN/],
  ] as const) {
    await assert.rejects(refused(line(), args), message);
  }
  for (const args of [{ sampleWeight }, { classWeight: { 0: 1 } }]) {
    await assert.rejects(
      line(2).fit(xs, [ys, ys], { ...settings, ...args }),
      /one output of \[batch, n\] .*: \[batch,1\], \[batch,1\]/,
    );
  }
  const map = tf.sequential({ layers: [tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [4, 4, 1] })] });
  map.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const pictures = tf.ones([4, 4, 4, 1]);
  await assert.rejects(map.fit(pictures, pictures, { ...settings, sampleWeight }), /Received: \[batch,4,4,1\]/);
});

test('fitDataset takes weights of classes, and says that it takes none of samples', async () => {
  const batches = (more: object = {}) => tf.data.array([0, 1]).map(() => ({ xs: xs.clone(), ys: ys.clone(), ...more }));
  const model = line();
  const { history } = await model.fitDataset(batches(), { epochs: 1, verbose: 0, classWeight: { 3: 0.5 } });
  assert.equal(history.loss![0], 1.5);
  await assert.rejects(
    model.fitDataset(batches({ sampleWeight: weights }), { epochs: 1, verbose: 0 }),
    /A dataset with sampleWeight isn't supported\. Give classWeight, or tensors and sampleWeight to fit/,
  );
  const args = { epochs: 1, verbose: 0, sampleWeight: weights };
  await assert.rejects(model.fitDataset(batches(), args), /sampleWeight in fitDataset isn't supported/);
});
