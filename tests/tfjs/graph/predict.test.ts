import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import '../../../src/tfjs/graph/predict';
import * as tf from '../../../src/tf';
import { collectGarbage } from '../../support/collect_garbage';
import { relativeError } from '../../support/parity';
import { typescript } from '../../support/root';
import { setEnv } from '../../support/set_env';

const graphs = () => tf.nodeBackend().binding.getNumOfSavedModels();

/** A network of what the pretrained families are made of, its weights drawn at random. */
function network(): tf.LayersModel {
  const inputs = tf.input({ shape: [8, 8, 3] });
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const normalise = (x: tf.SymbolicTensor) => apply(tf.layers.batchNormalization(), x);
  let x = apply(tf.layers.rescaling({ scale: 1 / 255 }), inputs);
  x = normalise(apply(tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false }), x));
  const residual = x;
  x = apply(tf.layers.reLU({ maxValue: 6 }), x);
  x = apply(tf.layers.zeroPadding2d({ padding: 1 }), x);
  x = normalise(apply(tf.layers.depthwiseConv2d({ kernelSize: 3 }), x));
  const squeezed = apply(tf.layers.globalAveragePooling2d({}), x);
  const gate = apply(tf.layers.dense({ units: 4, activation: 'sigmoid' }), squeezed);
  x = apply(tf.layers.multiply(), [x, apply(tf.layers.reshape({ targetShape: [1, 1, 4] }), gate)]);
  x = apply(tf.layers.add(), [x, residual]);
  x = apply(tf.layers.concatenate(), [x, apply(tf.layers.activation({ activation: 'swish' }), x)]);
  x = apply(tf.layers.maxPooling2d({ poolSize: 2 }), x);
  x = apply(tf.layers.separableConv2d({ filters: 2, kernelSize: 2 }), x);
  x = apply(tf.layers.dropout({ rate: 0.5, seed: 1 }), apply(tf.layers.flatten(), x));
  const model = tf.model({ inputs, outputs: apply(tf.layers.dense({ units: 3, activation: 'softmax' }), x) });
  draw(model, 1);
  return model;
}

/** Kernels of both signs, so that the softmax says more than 0 and 1; the rest positive, since variances must be. */
function draw(model: tf.LayersModel, seed: number): void {
  tf.tidy(() => {
    const weights = model.weights.map(({ shape }, at) => {
      const [low, high] = shape.length > 1 ? [-0.3, 0.3] : [0.1, 1];
      return tf.randomUniform(shape as number[], low, high, 'float32', seed + at);
    });
    model.setWeights(weights);
  });
}

const pictures = (count: number, dtype: 'float32' | 'int32' = 'float32') =>
  tf.tidy(() => tf.randomUniform([count, 8, 8, 3], 0, 255, 'float32', 7).cast(dtype));

/** How far `predict` is from the layers called one by one. */
function difference(model: tf.LayersModel, x: tf.Tensor, batchSize = 32): number {
  return tf.tidy(() => {
    const expected = model.apply(x, { training: false }) as tf.Tensor;
    const actual = model.predict(x, { batchSize }) as tf.Tensor;
    assert.deepEqual(actual.shape, expected.shape);
    return relativeError(actual.dataSync(), expected.dataSync());
  });
}

test('A convnet predicts by one graph what its layers give, batch by batch', () => {
  const [model, x, before] = [network(), pictures(5), graphs()];
  const numTensors = tf.memory().numTensors;
  assert.ok(difference(model, x, 2) <= 1e-6);
  assert.equal(graphs(), before + 2); // for 2 pictures, and the last 1
  assert.ok(difference(model, x, 2) <= 1e-6);
  assert.equal(graphs(), before + 2);
  assert.equal(tf.memory().numTensors, numTensors);
  model.dispose();
  x.dispose();
});

test('A graph leaves no file, and removes those that a killed process has left of its graphs', (t) => {
  const temporary = mkdtempSync(join(tmpdir(), 'thaw-graphs-'));
  t.after(() => rmSync(temporary, { recursive: true }));
  setEnv(t, 'TMPDIR', temporary);
  const program = `
    const tf = require(${JSON.stringify(require.resolve('../../../src/tf'))});
    tf.nodeBackend().loadSavedModelMetaGraph = () => process.kill(process.pid, 'SIGKILL');
    const model = tf.sequential({ layers: [tf.layers.conv2d({ filters: 1, kernelSize: 3, inputShape: [8, 8, 3] })] });
    model.predict(tf.ones([2, 8, 8, 3]));`;
  const { signal } = spawnSync(process.execPath, [...typescript, '--eval', program]);
  assert.equal(signal, 'SIGKILL');
  assert.equal(readdirSync(temporary).length, 1);
  const [model, x] = [network(), pictures(5)];
  tf.dispose(model.predict(x));
  assert.deepEqual(readdirSync(temporary), []);
  model.dispose();
  x.dispose();
});

test('A network whose operations do not know how many pictures there are has one graph for any number', () => {
  const conv = (filters: number) => tf.layers.conv2d({ filters, kernelSize: 3, activation: 'relu' });
  const inputs = tf.input({ shape: [8, 8, 3] });
  const steps = [conv(4), tf.layers.batchNormalization(), tf.layers.maxPooling2d({ poolSize: 2 }), conv(2)];
  const outputs = steps.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
  const [model, before] = [tf.model({ inputs, outputs }), graphs()];
  draw(model, 1);
  const numTensors = tf.memory().numTensors;
  for (const count of [5, 1, 32, 7]) {
    const x = pictures(count);
    assert.ok(difference(model, x, 4) <= 1e-6);
    x.dispose();
  }
  assert.equal(graphs(), before + 1);
  assert.equal(tf.memory().numTensors, numTensors);
  model.dispose();
});

test('A graph takes the weights as they are: set anew, trained, and as whole numbers in', async () => {
  const [model, x, y] = [network(), pictures(4), tf.ones([4, 3])];
  assert.ok(difference(model, x) <= 1e-6);
  const first = tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync());
  draw(model, 100);
  assert.ok(difference(model, x) <= 1e-6);
  const optimizer = tf.train.sgd(0.1);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await model.fit(x, y, { epochs: 2, verbose: 0 });
  assert.ok(difference(model, x) <= 1e-6);
  const last = tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync());
  assert.ok(relativeError(first, last) > 1e-3);
  const whole = pictures(4, 'int32');
  assert.ok(difference(model, whole) <= 1e-6);
  optimizer.dispose();
  model.dispose();
  tf.dispose([x, y, whole]);
});

test('Weights that are one tensor, and later two, each count', () => {
  const [model, x] = [network(), pictures(2)];
  const layer = model.layers.find((one) => one.getClassName() === 'BatchNormalization')!;
  const [ones, twos] = [tf.ones([4]), tf.fill([4], 2)];
  layer.setWeights([ones, ones, ones, ones]);
  assert.ok(difference(model, x) <= 1e-6);
  layer.setWeights([ones, twos, ones, ones]);
  assert.ok(difference(model, x) <= 1e-6);
  model.dispose();
  tf.dispose([x, ones, twos]);
});

test('A model keeps the graphs of four shapes', () => {
  const [model, before] = [network(), graphs()];
  for (const count of [1, 2, 3, 4, 5, 6, 1]) {
    const x = pictures(count);
    assert.ok(difference(model, x) <= 1e-6);
    x.dispose();
  }
  assert.equal(graphs(), before + 4);
  model.dispose();
});

test('A model without a convolution, or with a layer that may do anything, predicts as before', () => {
  class Doubling extends tf.layers.Layer {
    static readonly className = 'Doubling';
    override call(inputs: tf.Tensor | tf.Tensor[]) {
      return [inputs].flat()[0]!.mul(2);
    }
  }
  const before = graphs();
  const inputShape = [8, 8, 3];
  const plain = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape }), tf.layers.flatten()] });
  const convolution = tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape });
  const own = tf.sequential({ layers: [convolution, new Doubling({})] });
  const x = pictures(2);
  for (const model of [plain, own]) {
    assert.equal(difference(model, x), 0);
    model.dispose();
  }
  assert.equal(graphs(), before);
  x.dispose();
});

test('The graphs of a model that nobody holds any more are deleted', async () => {
  await collectGarbage();
  const before = graphs();
  (() => {
    const [model, x] = [network(), pictures(2)];
    assert.ok(difference(model, x) <= 1e-6);
    assert.equal(graphs(), before + 1);
    model.dispose();
    x.dispose();
  })();
  await collectGarbage();
  assert.equal(graphs(), before);
});
