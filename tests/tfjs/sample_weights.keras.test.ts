import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as tf from '../../src/tf';
import { randomGenerator } from '../../src/utils/random';
import { runKeras } from '../support/keras';
import { reportWorst } from '../support/parity';

const folder = mkdtempSync(join(tmpdir(), 'thaw-weights-'));
after(() => rmSync(folder, { recursive: true }));

const random = randomGenerator(5);
const SAMPLES = 10;
const numbers = Array.from({ length: SAMPLES }, (_, place) => place % 3);
const row = (length: number) => Array.from({ length }, () => random() - 0.5);
const xs = numbers.map(() => row(3));
const kernel = [row(3), row(3), row(3)];
const sampleWeight = numbers.map(() => 2 * random());
const heads = {
  binary: { units: 1, activation: 'sigmoid', loss: 'binary_crossentropy', ys: numbers.map((n) => [n > 1 ? 1 : 0]) },
  sparse: {
    units: 3,
    activation: 'softmax',
    loss: 'sparse_categorical_crossentropy',
    ys: numbers.map((n) => [n]),
  },
  rows: {
    units: 3,
    activation: 'softmax',
    loss: 'categorical_crossentropy',
    ys: numbers.map((n) => [0, 1, 2].map((each) => Number(each === n))),
  },
} as const;
const weights: { name: string; class_weight: Record<number, number> | null }[] = [
  { name: 'all classes', class_weight: { 0: 0.5, 1: 3, 2: 1.5 } },
  { name: 'one class', class_weight: { 1: 3 } },
  { name: 'samples', class_weight: null },
];
const cases = Object.entries(heads).flatMap(([head, settings]) =>
  weights.map(({ name, class_weight }) => ({ ...settings, name: `${head}, ${name}`, class_weight })),
);

let answers: Record<string, Record<string, number[]>>;
before(() => {
  writeFileSync(join(folder, 'data.json'), JSON.stringify({ xs, kernel, cases, sample_weight: sampleWeight }));
  runKeras(join(__dirname, 'sample_weights_keras.py'), folder);
  answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'));
});

for (const { name, units, activation, loss, ys, class_weight } of cases) {
  for (const method of class_weight ? ['fit', 'fitDataset'] : ['fit']) {
    test(`${name}: ${method} has Keras's history`, async (t) => {
      const { numTensors } = tf.memory();
      const layer = tf.layers.dense({ units, activation, inputShape: [3] });
      const model = tf.sequential({ layers: [layer] });
      tf.tidy(() => model.setWeights([tf.tensor2d(kernel.map((each) => each.slice(0, units))), tf.zeros([units])]));
      const camel = loss.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      model.compile({ optimizer: tf.train.sgd(0.1), loss: camel, metrics: ['accuracy'] });
      const data = { xs: tf.tensor2d(xs), ys: tf.tensor2d([...ys] as number[][]), weights: tf.tensor1d(sampleWeight) };
      const settings = { epochs: 3, verbose: 0, ...(class_weight && { classWeight: class_weight }) };
      const batches = tf.data.zip({ xs: tf.data.array(xs), ys: tf.data.array([...ys] as number[][]) }).batch(4);
      const { history } =
        method === 'fit'
          ? await model.fit(data.xs, data.ys, {
              ...settings,
              ...(!class_weight && { sampleWeight: data.weights }),
              ...{ batchSize: 4, shuffle: false, validationData: [data.xs, data.ys] },
            })
          : await model.fitDataset(batches, { ...settings, validationData: batches });
      const errors = Object.entries(answers[name]!).flatMap(([log, values]) =>
        values.map((value, epoch) => Math.abs(Number(history[log.replace('accuracy', 'acc')]![epoch]) - value)),
      );
      reportWorst(t, `${name}, ${method}`, Math.max(...errors), 1e-5);
      model.optimizer.dispose();
      model.dispose();
      tf.dispose(data);
      assert.equal(tf.memory().numTensors, numTensors);
    });
  }
}
