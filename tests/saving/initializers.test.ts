import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeHdf5 } from '../../src/saving/hdf5/hdf5';
import { loadModel } from '../../src/saving/load_model';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import { call, functional, type Json, layer, open, sequential, temporaryFolder, writeTfjs } from './written_models';

/*
 * No initializer that a file names is run: its weights come from the file, and what the initializer would do may take for
 * ever. Here each throws when it is run.
 */

const folder = temporaryFolder('initializers');

const NAMES = [
  'constant',
  'glorotNormal',
  'glorotUniform',
  'heNormal',
  'heUniform',
  'identity',
  'leCunNormal',
] as const;
const MORE = [
  'leCunUniform',
  'ones',
  'orthogonal',
  'randomNormal',
  'randomUniform',
  'truncatedNormal',
  'varianceScaling',
];

interface Applied {
  apply: (...args: unknown[]) => tf.Tensor;
}

const originals = new Map<Applied, Applied['apply']>();

before(() => {
  for (const name of [...NAMES, ...MORE]) {
    const make = Reflect.get(tf.initializers, name) as (args: object) => Applied;
    let prototype: Applied = Object.getPrototypeOf(make({ value: 1 }));
    while (!Object.hasOwn(prototype, 'apply')) prototype = Object.getPrototypeOf(prototype);
    originals.set(prototype, prototype.apply);
    prototype.apply = () => {
      throw new Error(`the initializer ${name} was run`);
    };
  }
});

after(() => {
  for (const [prototype, apply] of originals) prototype.apply = apply;
});

// For a negative deviation TensorFlow draws for ever: no number lies within two of them.
const endless = { class_name: 'TruncatedNormal', config: { mean: 0, stddev: -1, seed: null } };
const settingsOf = (model: tf.LayersModel) =>
  (model.getLayer('dense').getConfig() as { kernelInitializer: { className: string; config: Json } }).kernelInitializer;

test('no initializer of Keras is run, and each is kept', () => {
  const names = [
    'Constant',
    'GlorotNormal',
    'HeUniform',
    'Identity',
    'LecunNormal',
    'Ones',
    'Orthogonal',
    'RandomNormal',
  ];
  for (const class_name of [...names, 'RandomUniform', 'TruncatedNormal', 'VarianceScaling']) {
    const kernel_initializer = { class_name, config: class_name === 'Constant' ? { value: 3 } : {} };
    const dense = layer('Dense', 'dense', { units: 2, kernel_initializer }, [...call('in')]);
    const model = open(functional([null, 2], [dense], 'dense'));
    const { className } = settingsOf(model);
    assert.equal(className, /Glorot|He|Lecun/.test(class_name) ? 'VarianceScaling' : class_name);
    model.dispose();
  }
});

test('a .keras, a .h5 and a model.json open whose initializer finds no number, and keep it', async () => {
  const dense = layer('Dense', 'dense', { units: 2, kernel_initializer: endless, batch_input_shape: [null, 2] });
  const weights = { 'dense/kernel': [2, 2], 'dense/bias': [2] };
  const fromTfjs = await loadModel(writeTfjs(join(folder, 'tfjs'), sequential([dense]), { weights }));
  for (const name of ['saved.keras', 'saved.h5', 'model.json']) {
    const path = join(folder, name);
    await saveModel(fromTfjs, path);
    const { numTensors } = tf.memory();
    const loaded = await loadModel(path);
    assert.deepEqual(settingsOf(loaded), { className: 'TruncatedNormal', config: endless.config });
    assert.deepEqual([...loaded.getWeights()[0]!.dataSync()], [1, 1, 1, 1]);
    loaded.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  }
  fromTfjs.dispose();
});

test('no initializer of a layer of tfjs alone is run', async () => {
  const orthogonal = { class_name: 'Orthogonal', config: { gain: 1, seed: null } };
  const initializers = { kernel_initializer: endless, recurrent_initializer: orthogonal, bias_initializer: endless };
  const settings = { units: 1, batch_input_shape: [null, 2, 2], unit_forget_bias: true, ...initializers };
  const weights = { 'lstm/kernel': [2, 4], 'lstm/recurrent_kernel': [1, 4], 'lstm/bias': [4] };
  const path = writeTfjs(join(folder, 'lstm'), sequential([layer('LSTM', 'lstm', settings)]), { weights });
  (await loadModel(path)).dispose();
});

test('a model.json that lacks weights is refused, whatever they would begin with', async () => {
  const dense = layer('Dense', 'dense', { units: 2, batch_input_shape: [null, 2] });
  const weights = { 'dense/kernel': [2, 2], 'other/bias': [2] };
  const path = writeTfjs(join(folder, 'lacking'), sequential([dense]), { weights });
  const { numTensors } = tf.memory();
  await assert.rejects(loadModel(path), /no target variable: other\/bias/);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('a .h5 that lacks weights is refused, whatever they would begin with', async () => {
  const dense = layer('Dense', 'dense', { units: 2, batch_input_shape: [null, 2] });
  const path = join(folder, 'lacking.h5');
  await writeHdf5(path, (file) => {
    file.create_attribute('model_config', JSON.stringify(sequential([dense])), [], 'S');
    const weights = file.create_group('model_weights');
    weights.create_attribute('layer_names', ['dense']);
    const group = weights.create_group('dense');
    group.create_attribute('weight_names', ['kernel']);
    group.create_dataset({ name: 'kernel', data: new Float32Array(64), shape: [32, 2], dtype: '<f' });
  });
  const { numTensors } = tf.memory();
  await assert.rejects(loadModel(path), /dense: expected 2 weights\. Received: 1/);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('the settings of an initializer are numbers', () => {
  const made = (config: Json) =>
    functional(
      [null, 2],
      [
        layer('Dense', 'dense', { units: 2, kernel_initializer: { class_name: 'VarianceScaling', config } }, [
          ...call('in'),
        ]),
      ],
      'dense',
    );
  for (const scale of ['x', [1], {}, { class_name: 'Dense', config: {} }])
    assert.throws(() => open(made({ scale })), /the scale of its kernel_initializer to be a number/);
  open(made({ scale: 2, mode: 'fan_avg', distribution: 'truncated_normal', dtype: 'float32', seed: null })).dispose();
});

test('a stateful layer makes its states when it is first called, not while it is loaded', async () => {
  const settings = { units: 1, stateful: true, batch_input_shape: [2, 2, 2] };
  const weights = { 'rnn/kernel': [2, 1], 'rnn/recurrent_kernel': [1, 1], 'rnn/bias': [1] };
  const path = writeTfjs(join(folder, 'states'), sequential([layer('SimpleRNN', 'rnn', settings)]), { weights });
  const { numTensors } = tf.memory();
  const model = await loadModel(path);
  assert.equal(tf.memory().numTensors, numTensors + 3);
  const ask = () => tf.tidy(() => [...(model.predict(tf.ones([2, 2, 2])) as tf.Tensor).dataSync()]);
  const [first, second] = [ask(), ask()];
  assert.notDeepEqual(second, first);
  model.resetStates();
  assert.deepEqual(ask(), first);
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  // A batch of which the states would take 40 GB.
  writeFileSync(path, readFileSync(path, 'utf8').replace('[2,2,2]', '[10000000000,2,2]'));
  (await loadModel(path)).dispose();
});
