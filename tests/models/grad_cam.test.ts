import assert from 'node:assert/strict';
import { test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';

type Symbolic = tf.SymbolicTensor;

/** A convolution that gives a picture's first channel and its second as maps, in a model of its own. */
function eye(): tf.LayersModel {
  const input = tf.input({ shape: [4, 5, 2] });
  const convolution = tf.layers.conv2d({ name: 'eye', filters: 2, kernelSize: 1 });
  const output = convolution.apply(input) as Symbolic;
  convolution.setWeights([tf.tensor4d([1, 0, 0, 1], [1, 1, 2, 2]), tf.zeros([2])]);
  return tf.model({ inputs: input, outputs: output, name: 'base' });
}

/** The eye under a head whose units weigh the means of its maps. */
function classifier(units: number, activation: 'sigmoid' | 'softmax' | 'linear', kernel: number[]): tf.LayersModel {
  const inputs = tf.input({ shape: [4, 5, 2] });
  const pooled = tf.layers.globalAveragePooling2d({}).apply(eye().apply(inputs)) as Symbolic;
  const dense = tf.layers.dense({ units, activation, name: 'head' });
  const outputs = dense.apply(pooled) as Symbolic;
  dense.setWeights([tf.tensor2d(kernel, [2, units]), tf.zeros([units])]);
  return tf.model({ inputs, outputs });
}

/** The first channel is lit at [0, 0], the second, twice as bright, at [3, 4]. */
const picture = tf.tidy(() => {
  const buffer = tf.buffer<tf.Rank.R3>([4, 5, 2]);
  buffer.set(100, 0, 0, 0);
  buffer.set(50, 0, 1, 0);
  buffer.set(200, 3, 4, 1);
  return buffer.toTensor();
});

/** Where a heatmap isn't zero. */
const lit = (heatmap: tf.Tensor2D) =>
  heatmap
    .arraySync()
    .flatMap((row, y) => row.flatMap((heat, x) => (heat > 0 ? [[y, x, Number(heat.toFixed(3))]] : [])));

test('gradCam is hot where the maps are strong that speak for the class', () => {
  const model = classifier(1, 'sigmoid', [-1, 1]);
  assert.deepEqual(lit(models.gradCam(model, picture, { classIndex: 1 })), [[3, 4, 1]]);
  const forFirst = [
    [0, 0, 1],
    [0, 1, 0.5],
  ];
  assert.deepEqual(lit(models.gradCam(model, picture, { classIndex: 0 })), forFirst);
  assert.deepEqual(lit(models.gradCam(classifier(2, 'softmax', [1, 0, 0, 1]), picture, { classIndex: 0 })), forFirst);
});

test('gradCam asks about the class that the model takes the picture for', () => {
  assert.deepEqual(lit(models.gradCam(classifier(1, 'sigmoid', [-1, 1]), picture)), [[3, 4, 1]]);
  assert.deepEqual(lit(models.gradCam(classifier(1, 'sigmoid', [1, -1]), picture)), [[3, 4, 1]]);
  assert.deepEqual(lit(models.gradCam(classifier(3, 'linear', [0, 0, 1, 0, 9, 0]), picture)), [[3, 4, 1]]);
});

test('gradCam sees where a model looked that is so sure that its probability is 1', () => {
  const model = classifier(1, 'sigmoid', [-1000, 1000]);
  assert.equal((model.predict(picture.expandDims()) as tf.Tensor).dataSync()[0], 1);
  assert.deepEqual(lit(models.gradCam(model, picture)), [[3, 4, 1]]);
});

test('gradCam is zero all over where nothing speaks for the class', () => {
  assert.deepEqual(lit(models.gradCam(classifier(1, 'sigmoid', [-1, -1]), picture, { classIndex: 1 })), []);
});

test('gradCam takes by default the last maps that no pooling has made, and any by its name', () => {
  const conv = (name: string) => tf.layers.conv2d({ name, filters: 2, kernelSize: 3, padding: 'same' });
  const first = tf.layers.conv2d({ name: 'first', filters: 2, kernelSize: 3, padding: 'same', inputShape: [8, 8, 3] });
  const pool = tf.layers.maxPooling2d({ name: 'pool', poolSize: 2 });
  const narrow = tf.layers.averagePooling2d({ name: 'narrow', poolSize: 4 });
  const head = tf.layers.dense({ units: 2, activation: 'softmax' });
  const layers = [first, pool, conv('second'), narrow, conv('of_one_place'), tf.layers.flatten(), head];
  const model = tf.sequential({ layers });
  const image: tf.Tensor3D = tf.randomUniform([8, 8, 3], 0, 1, 'float32', 1);
  const given = (layerName?: string) => models.gradCam(model, image, layerName === undefined ? {} : { layerName });
  assert.deepEqual(given().shape, [4, 4]);
  assert.deepEqual(given().arraySync(), given('second').arraySync());
  assert.deepEqual(given('first').shape, [8, 8]);
  assert.deepEqual(given('pool').shape, [4, 4]);
  assert.throws(
    () => given('dense_9'),
    /a layer that gives maps .*, such as second, pool, first\. Received: layerName=dense_9/,
  );
});

test('gradCam says what it expects', () => {
  const model = classifier(1, 'sigmoid', [-1, 1]);
  assert.throws(
    () => models.gradCam(model, tf.zeros([4, 4, 2])),
    /one picture of the shape .*\[4,5,2\]\. Received: \[4,4,2\]/,
  );
  for (const classIndex of [2, -1, 0.5]) {
    assert.throws(() => models.gradCam(model, picture, { classIndex }), /0 to 1\. Received: classIndex=/);
  }
  assert.throws(() => models.gradCam(eye(), picture), /a model that tells classes apart/);
  const flat = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [4, 5, 2] }), tf.layers.dense({ units: 2 })] });
  assert.throws(() => models.gradCam(flat, picture), /as convolutions do: this model has none\./);
  assert.throws(() => models.gradCam(classifier(1, 'sigmoid', [NaN, 1]), picture), /The model gives no number/);
  const misspelt: object = { layer: 'eye' };
  assert.throws(() => models.gradCam(model, picture, misspelt), /options of gradCam .* Received: layer, /);
});

test('gradCam keeps the model and the picture as they are, and nothing else', () => {
  const model = classifier(2, 'softmax', [1, 0, 0, 1]);
  const weights = model.getWeights().map((weight) => weight.arraySync());
  const before = tf.memory().numTensors;
  const heatmap = models.gradCam(model, picture);
  assert.equal(tf.memory().numTensors, before + 1);
  assert.throws(() => models.gradCam(model, picture, { layerName: 'none' }));
  assert.equal(tf.memory().numTensors, before + 1);
  heatmap.dispose();
  assert.equal(picture.isDisposed, false);
  assert.deepEqual(
    model.getWeights().map((weight) => weight.arraySync()),
    weights,
  );
});
