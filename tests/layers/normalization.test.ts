import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globalAveragePooling2d, globalMaxPooling2d, normalization } from '../../src/layers';
import * as tf from '../../src/tf';

const values = (tensor: unknown) => Array.from((tensor as tf.Tensor).dataSync());

test('normalization() subtracts the mean and divides by the root of the variance', () => {
  const layer = normalization({ mean: [1, 2], variance: [4, 9] });
  assert.deepEqual(
    values(
      layer.apply(
        tf.tensor([
          [3, 5],
          [1, -1],
        ]),
      ),
    ),
    [1, 1, 0, -1],
  );
  assert.deepEqual(layer.getWeights(), []);
  assert.deepEqual(values(normalization({ axis: null, mean: 3, variance: 4 }).apply(tf.tensor([[3, 5]]))), [0, 1]);
  assert.deepEqual(
    values(normalization({ axis: 1, mean: [1, 2], variance: [1, 1] }).apply(tf.ones([1, 2, 1]))),
    [0, -1],
  );
});

test('normalization() without a mean has mean, variance and count as weights that do not train', () => {
  const layer = normalization();
  assert.deepEqual(values(layer.apply(tf.tensor([[3, 5]]))), [3, 5]);
  assert.deepEqual(
    layer.weights.map(({ shape }) => shape),
    [[2], [2], []],
  );
  assert.equal(layer.trainableWeights.length, 0);
  layer.setWeights([tf.tensor([1, 2]), tf.tensor([4, 9]), tf.scalar(7)]);
  assert.deepEqual(values(layer.apply(tf.tensor([[3, 5]]))), [1, 1]);
});

test('normalization() refuses what it cannot normalise, naming the layer', () => {
  const inputs = tf.input({ shape: [null, 2] });
  assert.throws(() => normalization({ mean: 1, name: 'n' }), /`mean` and `variance` both or neither.*'n'.*mean=1/);
  assert.throws(() => normalization({ mean: [1], variance: 1, name: 'n' }), /of the same shape, in the layer 'n'/);
  assert.throws(
    () => normalization({ axis: 3, name: 'n' }).apply(inputs),
    /'n' in the range \[-3, 3\). Received: axis=3/,
  );
  assert.throws(() => normalization({ axis: 1, name: 'n' }).apply(inputs), /'n' to have a known size/);
});

test('globalAveragePooling2d() and globalMaxPooling2d() keep height and width with keepdims', () => {
  const maps = tf.tensor([1, 2, 3, 6], [1, 2, 2, 1]);
  assert.deepEqual(values(globalAveragePooling2d().apply(maps)), [3]);
  for (const [pooling, value] of [
    [globalAveragePooling2d, 3],
    [globalMaxPooling2d, 6],
  ] as const) {
    const kept = pooling({ keepdims: true }).apply(maps) as tf.Tensor;
    assert.deepEqual([kept.shape, values(kept)], [[1, 1, 1, 1], [value]]);
    assert.deepEqual((pooling({ keepdims: true }).apply(tf.input({ shape: [5, 5, 3] })) as tf.SymbolicTensor).shape, [
      null,
      1,
      1,
      3,
    ]);
  }
});

test('a Reshape to [-1, 3] knows its size', () => {
  const reshape = tf.layers.reshape({ targetShape: [-1, 3] });
  assert.deepEqual((reshape.apply(tf.input({ shape: [4, 6] })) as tf.SymbolicTensor).shape, [null, 8, 3]);
});

test('normalization() and the global poolings leave no tensor behind', () => {
  const maps = tf.ones([2, 3, 3, 2]);
  const layers = [
    normalization(),
    normalization({ mean: 1, variance: 2 }),
    globalAveragePooling2d(),
    globalMaxPooling2d(),
  ];
  const run = () => tf.dispose(layers.map((layer) => layer.apply(maps) as tf.Tensor));
  run();
  const before = tf.memory().numTensors;
  run();
  assert.equal(tf.memory().numTensors, before);
});

test('a Softmax along another axis than the last is refused by name', () => {
  const inputs = tf.input({ shape: [4, 6] });
  const softmax = (axis: number) => tf.layers.softmax({ axis, name: 'parts' }).apply(inputs);
  assert.throws(() => softmax(1), /layer 'parts' to go along the last axis, -1. Received: axis=1/);
  assert.doesNotThrow(() => [softmax(-1), softmax(2)]);
});
