import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { vgg16 } from '../../src/applications/vgg16';
import { loadModel } from '../../src/models/load_model';
import { loadWeights } from '../../src/models/load_weights';
import { saveModel } from '../../src/models/save_model';
import { formatSummary } from '../../src/models/summary';
import * as tf from '../../src/tf';

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

const features = tf.randomNormal([4, 5, 5, 512], 0, 1, 'float32', 1);
const pictures = tf.randomUniform([4, 8, 8, 3], 0, 1, 'float32', 2);
const cases = {
  head: { model: head(), input: features },
  chain: { model: chain(), input: pictures },
  nested: { model: nested(), input: pictures },
};
const read = (name: string) => readFileSync(join(folder, name));
const json = (name: string) => JSON.parse(read(name).toString());
const floats = (name: string) => new Float32Array(new Uint8Array(read(name)).buffer);

function predict(model: tf.LayersModel, input: tf.Tensor): Float32Array {
  return tf.tidy(() => (model.predict(input) as tf.Tensor).dataSync<'float32'>());
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!))) / scale;
}

before(async () => {
  writeFileSync(join(folder, 'features.f32'), features.dataSync());
  writeFileSync(join(folder, 'pictures.f32'), pictures.dataSync());
  for (const [name, { model }] of Object.entries(cases)) {
    await saveModel(model, join(folder, `thaw_${name}.keras`));
  }
  execFileSync('.venv/bin/python', [join(__dirname, 'keras_models.py'), folder], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
});

test('summary() prints what Python Keras prints', async () => {
  const expected = json('summaries.json');
  const base = await vgg16({ weights: null, includeTop: false, inputShape: [180, 180, 3] });
  assert.equal(formatSummary(base), expected.vgg16);
  base.dispose();
  const top = await vgg16({ weights: null, inputShape: [32, 32, 3] });
  assert.equal(formatSummary(top), expected.vgg16_top);
  top.dispose();
  assert.equal(formatSummary(cases.head.model), expected.head);
  const lines: string[] = [];
  cases.chain.model.summary(undefined, undefined, (line) => lines.push(line));
  assert.equal(lines.join('\n'), expected.chain);
  assert.equal(formatSummary(branches()), expected.branches);
  const fitted = head();
  await fitted.fit(features, tf.zeros([4, 1]), { epochs: 1, verbose: 0 });
  assert.equal(formatSummary(fitted), expected.head_fitted);
});

for (const [name, { model, input }] of Object.entries(cases)) {
  test(`saveModel() writes a ${name} that Python Keras opens, predicting the same`, () => {
    const error = relativeError(predict(model, input), floats(`thaw_${name}.f32`));
    console.log(`${name}, opened by Keras: relative error ${error}`);
    assert.ok(error <= 1e-4, String(error));
    const opened = json('opened.json')[name];
    assert.equal(opened.trainable, model.trainableWeights.length);
    assert.equal(opened.class, name === 'chain' ? 'Sequential' : 'Functional');
    assert.equal(opened.optimizer, { head: 'RMSprop', chain: 'Adam', nested: null }[name]);
    assert.equal(opened.evaluates, name !== 'nested');
  });

  test(`loadModel() opens a ${name} saved by Python Keras, predicting the same`, async () => {
    const loaded = await loadModel(join(folder, `python_${name}.keras`));
    const error = relativeError(predict(loaded, input), floats(`python_${name}.f32`));
    console.log(`${name}, saved by Keras: relative error ${error}`);
    assert.ok(error <= 1e-4, String(error));
    assert.equal(loaded.trainableWeights.length, model.trainableWeights.length);
    assert.deepEqual(loaded.metricsNames, model.metricsNames);
  });

  for (const extension of ['.weights.h5', '.h5']) {
    test(`loadWeights() reads the ${extension} of a ${name} saved by Python Keras`, async () => {
      const loaded = { head, chain, nested }[name as 'head' | 'chain' | 'nested']();
      await loadWeights(loaded, join(folder, `python_${name}${extension}`));
      assert.ok(relativeError(predict(loaded, input), floats(`python_${name}.f32`)) <= 1e-4);
    });
  }
}
