import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../src/tfjs/activations';
import * as tf from '../../src/tf';

type Layer = tf.layers.Layer;
type Operation = (x: tf.Tensor) => tf.Tensor;

const clipped =
  (most: number): Operation =>
  (x) =>
    tf.clipByValue(tf.relu(x), 0, most);

/** A layer, what tfjs itself computes for it, and the kernels that it takes. */
const cases: Record<string, { layer: () => Layer; stock: Operation; kernels: string[] }> = {
  'ReLU of maxValue 6': { layer: () => tf.layers.reLU({ maxValue: 6 }), stock: clipped(6), kernels: ['Relu6'] },
  'ReLU of maxValue 3': {
    layer: () => tf.layers.reLU({ maxValue: 3 }),
    stock: clipped(3),
    kernels: ['Relu', 'Minimum', 'Maximum', 'ClipByValue'],
  },
  'ReLU without maxValue': { layer: () => tf.layers.reLU(), stock: (x) => tf.relu(x), kernels: ['Relu'] },
  'Activation relu6': {
    layer: () => tf.layers.activation({ activation: 'relu6' }),
    stock: (x) => tf.minimum(6, tf.relu(x)),
    kernels: ['Relu6'],
  },
  'Activation swish': {
    layer: () => tf.layers.activation({ activation: 'swish' }),
    stock: (x) => tf.mul(tf.sigmoid(tf.mul(x, 1)), x),
    kernels: ['Sigmoid', 'Multiply'],
  },
};

const values = () =>
  tf.concat([tf.tensor1d([-100, -1e-9, -0, 0, 1e-9, 2.5, 6.5, 100]), tf.randomNormal([500], 0, 5, 'float32', 1)]);

for (const [name, { layer, stock, kernels }] of Object.entries(cases)) {
  test(`${name} takes ${kernels.join(', ')}, and gives what it gave, gradient included`, async () => {
    const made = layer();
    const x = tf.tidy(values);
    const numTensors = tf.memory().numTensors;
    const call: Operation = (input) => made.apply(input) as tf.Tensor;

    const { kernelNames } = await tf.profile(() => tf.tidy(() => void call(x)));
    assert.deepEqual(kernelNames, kernels);
    tf.tidy(() => {
      assert.deepEqual(call(x).dataSync(), stock(x).dataSync());
      assert.deepEqual(tf.grad(call)(x).dataSync(), tf.grad(stock)(x).dataSync());
    });

    assert.equal(tf.memory().numTensors, numTensors);
    x.dispose();
  });
}

test('A ReLU of maxValue 6 in a model leaves no tensor behind in predict, and trains what is before it', async () => {
  const numTensors = tf.memory().numTensors;
  const dense = tf.layers.dense({
    units: 4,
    inputShape: [3],
    kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
  });
  const model = tf.sequential({ layers: [dense, tf.layers.reLU({ maxValue: 6 })] });
  const x = tf.randomUniform([8, 3], -3, 3, 'float32', 1);
  const y = tf.ones([8, 4]);
  const optimizer = tf.train.sgd(0.1);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const { history } = await model.fit(x, y, { epochs: 3, verbose: 0 });
  assert.ok(history.loss!.at(-1)! < history.loss![0]!);
  const before = tf.memory().numTensors;
  const output = model.predict(x) as tf.Tensor;
  assert.equal(tf.memory().numTensors, before + 1);
  tf.dispose([output, x, y]);
  model.dispose();
  optimizer.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

test("relu's gradient is what flows in where relu lets through, else 0, and has a gradient itself", () => {
  const x = tf.tidy(values);
  const numTensors = tf.memory().numTensors;
  tf.tidy(() => {
    const inflow = tf.randomNormal([x.size], 0, 1, 'float32', 2);
    const gradient = tf.grad((input) => tf.relu(input))(x, inflow);
    const expected = tf.where(tf.greater(x, 0), inflow, tf.zerosLike(inflow));
    assert.equal(tf.notEqual(gradient, expected).any().dataSync()[0], 0);
    assert.equal(tf.notEqual(gradient, 0).any().dataSync()[0], 1);
    const squared = tf.grad((input) => tf.relu(input).square());
    const again = tf.grad((input) => squared(input).square())(x);
    assert.deepEqual(again.dataSync(), tf.mul(8, tf.relu(x)).dataSync());
  });
  assert.equal(tf.memory().numTensors, numTensors);
  x.dispose();
});
