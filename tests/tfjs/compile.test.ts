import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/tf';

type Loss = tf.ModelCompileArgs['loss'];
type Metrics = NonNullable<tf.ModelCompileArgs['metrics']>;

/** Softmax of what comes in, compiled. */
function softmax(loss: Loss, metrics?: Metrics): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.softmax({ inputShape: [3] })] });
  model.compile({ optimizer: 'sgd', loss, ...(metrics && { metrics }) });
  return model;
}

const evaluate = (model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor) =>
  tf.tidy(() => [model.evaluate(xs, ys)].flat().map((value) => Math.round(value.dataSync()[0]! * 1e4) / 1e4));

// The second row saturates: from what a softmax gives, the loss of a wrong class would end at -ln(1e-7) = 16.
const LOGITS = [
  [Math.log(2), 0, 0],
  [0, 100, 0],
];
const LOSSES = { '0,0': (-Math.log(2 / 4) + 100) / 2, '1,1': (-Math.log(1 / 4) + 0) / 2 };

for (const [classes, loss] of Object.entries(LOSSES)) {
  for (const dtype of ['int32', 'float32'] as const) {
    for (const shape of [[2], [2, 1]]) {
      test(`the class numbers ${classes}, ${dtype} of shape [${shape}], have the cross-entropy ${loss}`, () => {
        const { numTensors } = tf.memory();
        const model = softmax('sparseCategoricalCrossentropy', [
          'accuracy',
          'sparseCategoricalAccuracy',
          'sparseCategoricalCrossentropy',
        ]);
        assert.deepEqual(model.metricsNames.slice(1), ['acc', ...model.metricsNames.slice(2)]);
        const xs = tf.tensor2d(LOGITS);
        const ys = tf.tensor(classes.split(',').map(Number), shape, dtype);
        const [measured, ...metrics] = evaluate(model, xs, ys);
        assert.ok(Math.abs(measured! - loss) < 1e-4, String(measured));
        assert.deepEqual(metrics, [0.5, 0.5, measured]);
        model.dispose();
        tf.dispose([xs, ys]);
        assert.equal(tf.memory().numTensors, numTensors);
      });
    }
  }
}

/** What the model evaluates to on one batch of a dataset, which tfjs takes labels of any shape from. */
async function evaluateBatch(model: tf.LayersModel, xs: number[][], ys: tf.Tensor): Promise<number[]> {
  const dataset = tf.data.array([0]).map(() => ({ xs: tf.tensor2d(xs), ys: ys.clone() }));
  const values = [await model.evaluateDataset(dataset, {})].flat().map((value) => value.dataSync()[0]!);
  return values.map((value) => Math.round(value * 1e4) / 1e4);
}

test('`accuracy` and `crossentropy` go by the labels, as in Keras, whatever the loss is', async () => {
  const own = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.tidy(() => yPred.mul(0).add(yTrue.toFloat().sum()));
  const numbers = tf.tensor2d([[0], [2]], undefined, 'int32');
  const rows = [
    [1, 0, 0],
    [0, 0, 1],
  ];
  for (const labels of [numbers, numbers.flatten(), numbers.toFloat(), tf.tensor2d(rows)]) {
    const [, accuracy, crossentropy] = await evaluateBatch(softmax(own, ['accuracy', 'ce']), LOGITS, labels);
    assert.deepEqual([accuracy, crossentropy], [0.5, 50.3466], `labels of shape [${labels.shape}]`);
  }
});

test('labels of shape [batch] in a dataset are compared each with its own output', async () => {
  const model = tf.sequential({ layers: [tf.layers.activation({ activation: 'sigmoid', inputShape: [1] })] });
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy', metrics: ['accuracy', 'binaryAccuracy'] });
  const [loss, ...accuracies] = await evaluateBatch(model, [[3], [3], [-3], [-3]], tf.tensor1d([1, 1, 0, 1], 'int32'));
  // ln(1 + e^-3) three times and ln(1 + e^3).
  assert.ok(Math.abs(loss! - (3 * 0.0485874 + 3.0485874) / 4) < 1e-4, String(loss));
  assert.deepEqual(accuracies, [0.75, 0.75]);
});

test('class numbers that the output has no unit for, and rows, are an error that says what to do', async () => {
  const model = softmax('sparseCategoricalCrossentropy');
  const xs = tf.tensor2d(LOGITS);
  const cases: [tf.Tensor, RegExp][] = [
    [
      tf.tensor2d([[0], [3]], undefined, 'int32'),
      /Expected class numbers from 0 to 2, .* 3 units\. Received: 3\. Give/,
    ],
    [tf.tensor2d([[-1], [0]], undefined, 'int32'), /Received: -1/],
    [tf.tensor2d([[0], [Number.NaN]]), /Received: NaN/],
  ];
  const { numTensors } = tf.memory();
  for (const [labels, message] of cases) assert.throws(() => model.evaluate(xs, labels), message);
  assert.equal(tf.memory().numTensors, numTensors);
  for (const [labels, message] of cases) await assert.rejects(model.fit(xs, labels, { verbose: 0 }), message);
  await assert.rejects(
    evaluateBatch(model, LOGITS, xs),
    /shape \[2\] or \[2,1\]\. Received: labels of shape \[2,3\]\. .* loss categoricalCrossentropy/,
  );
});

test('a compiled model tells the losses and metrics that it was given', () => {
  const [loss, metrics] = ['sparseCategoricalCrossentropy', ['accuracy', 'sparseCategoricalAccuracy']];
  const model = softmax(loss, metrics as string[]);
  assert.deepEqual([model.loss, model.metrics], [loss, metrics]);
  assert.throws(() => softmax('sparseCategorical'), /Unknown loss sparseCategorical/);
  assert.throws(() => softmax('categoricalCrossentropy', ['sparseAccuracy']), /Unknown metric sparseAccuracy/);
});

test('each of several outputs has its own loss and metrics', () => {
  const inputs = tf.input({ shape: [3] });
  const output = (name: string) => tf.layers.softmax({ name }).apply(inputs) as tf.SymbolicTensor;
  const model = tf.model({ inputs, outputs: [output('first'), output('second')] });
  const loss = { first: 'sparseCategoricalCrossentropy', second: 'categoricalCrossentropy' };
  model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy'] });
  const names = ['loss', 'first_loss', 'second_loss', 'first_acc', 'second_acc'];
  assert.deepEqual(model.metricsNames, names);
  const xs = tf.tensor2d(LOGITS);
  const ys = [tf.tensor2d([[1], [1]], undefined, 'int32'), tf.tensor2d([...LOGITS.keys()].map(() => [0, 1, 0]))];
  const values = tf.tidy(() => (model.evaluate(xs, ys) as tf.Scalar[]).map((value) => value.dataSync()[0]!));
  assert.deepEqual(values.slice(-2), [0.5, 0.5]);
  assert.ok(Math.abs(values.at(-3)! - LOSSES['1,1']) < 1e-4 && Math.abs(values.at(-4)! - LOSSES['1,1']) < 1e-4);
});
