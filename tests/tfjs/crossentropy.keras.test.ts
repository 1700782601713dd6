import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';
import { reportWorst } from '../support/parity';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-losses-'));
after(() => fs.rmSync(folder, { recursive: true }));

// Logits of some hundreds, as VGG16's features give: every output saturates, half of them on the wrong side.
const cases = {
  binary: {
    xs: [
      [300, 10],
      [-200, 40],
      [150, -30],
      [-90, 5],
    ],
    ys: [[1], [1], [0], [0]],
    kernel: [[1], [0.5]],
  },
  categorical: {
    xs: [
      [300, 10],
      [-200, 40],
      [150, -30],
      [-90, 5],
    ],
    ys: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 1, 0],
    ],
    kernel: [
      [1, -0.5, 0.2],
      [0.5, 0.3, -1],
    ],
  },
} as const;

interface Answer {
  before: number;
  after: number;
  kernel: number[][];
}
let keras: Record<keyof typeof cases, Answer>;

before(() => {
  const question = path.join(folder, 'question.json');
  const answer = path.join(folder, 'answer.json');
  fs.writeFileSync(question, JSON.stringify(cases));
  runKeras(path.join(__dirname, 'crossentropy_keras.py'), question, answer);
  keras = JSON.parse(fs.readFileSync(answer, 'utf8'));
});

function buildModel(name: keyof typeof cases): tf.Sequential {
  const { kernel } = cases[name];
  const units = kernel[0].length;
  const activation = name === 'binary' ? 'sigmoid' : 'softmax';
  const model = tf.sequential({ layers: [tf.layers.dense({ units, activation, inputShape: [2] })] });
  tf.tidy(() => model.setWeights([tf.tensor2d(kernel as unknown as number[][]), tf.zeros([units])]));
  model.compile({ optimizer: tf.train.sgd(0.01), loss: `${name}Crossentropy` });
  return model;
}

const evaluate = (model: tf.Sequential, xs: tf.Tensor, ys: tf.Tensor) =>
  tf.tidy(() => (model.evaluate(xs, ys) as tf.Scalar).dataSync()[0]!);

for (const name of ['binary', 'categorical'] as const)
  test(`${name}Crossentropy of saturated outputs has Keras's loss, and a step has Keras's weights`, async (t) => {
    const tensors = tf.memory().numTensors;
    const xs = tf.tensor2d(cases[name].xs as unknown as number[][]);
    const ys = tf.tensor2d(cases[name].ys as unknown as number[][]);
    const model = buildModel(name);
    const lossBefore = evaluate(model, xs, ys);
    await model.fit(xs, ys, { batchSize: 4, epochs: 1, verbose: 0 });
    const lossAfter = evaluate(model, xs, ys);
    const kernel = Array.from(model.getWeights()[0]!.dataSync());
    model.optimizer.dispose();
    model.dispose();
    tf.dispose([xs, ys]);
    const received = [lossBefore, lossAfter, ...kernel];
    const expected = [keras[name].before, keras[name].after, ...keras[name].kernel.flat()];
    const errors = received.map((value, i) => Math.abs(value - expected[i]!) / Math.max(1, Math.abs(expected[i]!)));
    reportWorst(t, `${name} cross-entropy of saturated outputs`, Math.max(...errors), 1e-5);
    assert.ok(lossBefore > -Math.log(1e-7), 'a loss from clipped outputs could not be so large');
    assert.equal(tf.memory().numTensors, tensors);
  });

test('predict() of a sigmoid leaves no tensor behind', () => {
  const model = buildModel('binary');
  const tensors = tf.memory().numTensors;
  const x = tf.ones([1, 2]);
  const prediction = model.predict(x) as tf.Tensor;
  tf.dispose([x, prediction]);
  assert.equal(tf.memory().numTensors, tensors);
  tf.tidy(() => {
    model.predict(tf.ones([1, 2]));
  });
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});
