import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { vgg16 } from '../../src/applications/vgg';
import { loadModel } from '../../src/saving/load_model';
import { loadWeights } from '../../src/saving/load_weights';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import { formatSummary } from '../../src/tfjs/summary';
import { readFloats, runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';

const folder = mkdtempSync(join(tmpdir(), 'thaw-parity-'));
after(() => rmSync(folder, { recursive: true }));

type Symbolic = tf.SymbolicTensor;

function head(): tf.LayersModel {
  const inputs = tf.input({ shape: [5, 5, 512], name: 'features' });
  let x = tf.layers.flatten({ name: 'flatten' }).apply(inputs) as Symbolic;
  x = tf.layers.dense({ units: 256, name: 'dense' }).apply(x) as Symbolic;
  x = tf.layers.dropout({ rate: 0.5, seed: 1, name: 'dropout' }).apply(x) as Symbolic;
  x = tf.layers.dense({ units: 1, activation: 'sigmoid', name: 'dense_1' }).apply(x) as Symbolic;
  const model = tf.model({ inputs, outputs: x, name: 'head' });
  model.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  return model;
}

function branches(): tf.LayersModel {
  const baseInput = tf.input({ shape: [8, 8, 3], name: 'base_input' });
  const outputs = tf.layers.conv2d({ filters: 3, kernelSize: 3, name: 'conv' }).apply(baseInput) as Symbolic;
  const base = tf.model({ inputs: baseInput, outputs, name: 'base' });
  base.trainable = false;
  const inputs = tf.input({ shape: [8, 8, 3], name: 'a_rather_long_name_of_an_input' });
  const x = base.apply(inputs) as Symbolic;
  const left = tf.layers.flatten({ name: 'flatten' }).apply(x) as Symbolic;
  const right = tf.layers.globalMaxPooling2d({ name: 'global_max_pooling2d' }).apply(x) as Symbolic;
  const both = tf.layers.concatenate({ name: 'concatenate' }).apply([left, right]) as Symbolic;
  const dense = tf.layers.dense({ units: 2, name: 'dense' }).apply(both) as Symbolic;
  return tf.model({ inputs, outputs: dense, name: 'branches' });
}

function chain(): tf.LayersModel {
  const model = tf.sequential({ name: 'chain' });
  const name = 'a_layer_with_a_name_that_is_too_long_for_it';
  model.add(
    tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name }),
  );
  model.add(tf.layers.maxPooling2d({ poolSize: 2, name: 'max_pooling2d' }));
  model.add(tf.layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, name: 'conv2d_1' }));
  model.add(tf.layers.globalAveragePooling2d({ name: 'global_average_pooling2d' }));
  model.add(tf.layers.dense({ units: 3, activation: 'softmax', name: 'dense' }));
  model.layers[0]!.trainable = false;
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy', metrics: ['acc', 'mse'] });
  return model;
}

function nested(): tf.LayersModel {
  const baseInput = tf.input({ shape: [8, 8, 3], name: 'base_input' });
  const conv = tf.layers.conv2d({ filters: 3, kernelSize: 3, name: 'conv' }).apply(baseInput) as Symbolic;
  const pool = tf.layers.globalMaxPooling2d({ name: 'pool' }).apply(conv) as Symbolic;
  const base = tf.model({ inputs: baseInput, outputs: pool, name: 'base' });
  base.trainable = false;
  const inputs = tf.input({ shape: [8, 8, 3], name: 'pictures' });
  const x = tf.layers.dense({ units: 1, name: 'dense' }).apply(base.apply(inputs)) as Symbolic;
  return tf.model({ inputs, outputs: x, name: 'nested' });
}

const pictures = tf.randomUniform([4, 8, 8, 3], 0, 1, 'float32', 2);
const cases = { chain: chain(), nested: nested() };
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const floats = (name: string) => readFloats(join(folder, name));

function predict(model: tf.LayersModel): Float32Array {
  return tf.tidy(() => (model.predict(pictures) as tf.Tensor).dataSync<'float32'>());
}

before(async () => {
  writeFileSync(join(folder, 'pictures.f32'), pictures.dataSync());
  for (const [name, model] of Object.entries(cases)) {
    await saveModel(model, join(folder, `thaw_${name}.keras`));
  }
  runKeras(join(__dirname, 'keras_models.py'), folder);
});

test('summary() prints what Python Keras prints', async () => {
  const expected = json('summaries.json');
  const base = await vgg16({ weights: null, includeTop: false, inputShape: [180, 180, 3] });
  assert.equal(formatSummary(base), expected.vgg16);
  base.dispose();
  const top = await vgg16({ weights: null, inputShape: [32, 32, 3] });
  assert.equal(formatSummary(top), expected.vgg16_top);
  top.dispose();
  const lines: string[] = [];
  cases.chain.summary(undefined, undefined, (line) => lines.push(line));
  assert.equal(lines.join('\n'), expected.chain);
  assert.equal(formatSummary(branches()), expected.branches);
  const onFeatures = head();
  assert.equal(formatSummary(onFeatures), expected.head);
  await onFeatures.fit(tf.zeros([4, 5, 5, 512]), tf.zeros([4, 1]), { epochs: 1, verbose: 0 });
  assert.equal(formatSummary(onFeatures), expected.head_fitted);
});

for (const [name, model] of Object.entries(cases)) {
  test(`saveModel() writes a ${name} that Python Keras opens, predicting the same`, (t) => {
    const error = relativeError(predict(model), floats(`thaw_${name}.f32`));
    reportWorst(t, `a small ${name} model opened by Keras`, error, 1e-4);
    const opened = json('opened.json')[name];
    assert.equal(opened.trainable, model.trainableWeights.length);
    assert.equal(opened.class, name === 'chain' ? 'Sequential' : 'Functional');
    assert.equal(opened.optimizer, { chain: 'Adam', nested: null }[name]);
    assert.equal(opened.evaluates, name !== 'nested');
  });

  test(`loadModel() opens a ${name} saved by Python Keras, predicting the same`, async (t) => {
    const loaded = await loadModel(join(folder, `python_${name}.keras`));
    const error = relativeError(predict(loaded), floats(`python_${name}.f32`));
    reportWorst(t, `a small ${name} model saved by Keras`, error, 1e-4);
    assert.equal(loaded.trainableWeights.length, model.trainableWeights.length);
    assert.deepEqual(loaded.metricsNames, model.metricsNames);
  });

  for (const extension of ['.weights.h5', '.h5']) {
    test(`loadWeights() reads the ${extension} of a ${name} saved by Python Keras`, async (t) => {
      const loaded = { chain, nested }[name as 'chain' | 'nested']();
      await loadWeights(loaded, join(folder, `python_${name}${extension}`));
      const error = relativeError(predict(loaded), floats(`python_${name}.f32`));
      reportWorst(t, `the ${extension} of a small ${name} model saved by Keras`, error, 1e-4);
    });
  }
}
