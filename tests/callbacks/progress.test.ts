import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progress } from '../../src/callbacks/progress';
import * as tf from '../../src/tf';

async function linesOf(train: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    await train();
  } finally {
    console.log = log;
  }
  return lines;
}

const LINE = /^Epoch \d\/2 - \d+s - \d+ms\/step - loss: [\d.]+ - acc: [\d.]+/;

test('progress() prints one line per epoch, of fit and of fitDataset, and leaks nothing', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['accuracy'] });
  const xs = tf.zeros([4, 2]);
  const ys = tf.ones([4, 1]);
  const options = { epochs: 2, verbose: 0, callbacks: progress() };
  await model.fit(xs, ys, { epochs: 1, verbose: 0 });
  const tensors = tf.memory().numTensors;
  const fitted = await linesOf(() => model.fit(xs, ys, { ...options, validationData: [xs, ys] }));
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(fitted.length, 2);
  for (const line of fitted) {
    assert.match(line, LINE);
    assert.match(line, /acc: [\d.]+ - val_loss: [\d.]+ - val_acc: [\d.]+$/);
  }
  const dataset = tf.data.generator(function* () {
    yield { xs: tf.zeros<tf.Rank.R2>([2, 2]), ys: tf.ones<tf.Rank.R2>([2, 1]) };
    yield { xs: tf.zeros<tf.Rank.R2>([2, 2]), ys: tf.ones<tf.Rank.R2>([2, 1]) };
  });
  const streamed = await linesOf(() => model.fitDataset(dataset, options));
  assert.equal(streamed.length, 2);
  for (const line of streamed) assert.match(line, LINE);
});

test('progress() updates one display in a notebook, and ends with one line', async () => {
  const jupyter: { lastWriteDisplayData: unknown } = require('tslab/dist/jupyter');
  const texts: unknown[] = [];
  jupyter.lastWriteDisplayData = (message: { data: Record<string, unknown> }) => texts.push(message.data['text/plain']);
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const xs = tf.zeros([4, 2]);
  const ys = tf.ones([4, 1]);
  await model.fit(xs, ys, { batchSize: 2, epochs: 2, verbose: 0, callbacks: progress() });
  jupyter.lastWriteDisplayData = null;
  model.dispose();
  tf.dispose([xs, ys]);
  assert.match(String(texts[0]), /^Epoch 1\/2 ━{10}─{10} 1\/2 - 0s, \d+s left - loss: 1.000$/);
  assert.match(String(texts.at(-1)), /^2 epochs in \d+s - loss: [\d.]+$/);
});
