import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { compileFromConfig } from '../../src/saving/keras_json/compile_config';
import { readOptimizer } from '../../src/saving/keras_json/optimizer_config';
import { loadModel } from '../../src/saving/load_model';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import {
  asParsed,
  call,
  functional,
  type Json,
  layer,
  open,
  sequential,
  temporaryFolder,
  writeTfjs,
} from './written_models';

/*
 * What every object of JavaScript has a member of, at every place where a file says a name that is looked up: it is no name
 * of Keras's nor of tfjs's.
 */

const NAMES = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'];
const folder = temporaryFolder('names');

/** `{ [name]: value }`, where `__proto__` is a member as in a file. */
const member = (name: string, value: unknown) =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as Json;

const dense = (config: Json = {}) => layer('Dense', 'dense', { units: 2, ...config }, [...call('in')]);
const net = (inner: Json) => functional([null, 2], [inner], 'dense');
const tensor = { class_name: '__keras_tensor__', config: { shape: [null, 4, 4, 3], keras_history: ['in', 0, 0] } };
const operation = (class_name: string, other: unknown = 2) => ({
  ...{ module: 'keras.src.ops.numpy', class_name, config: { name: 'op' }, name: 'op' },
  inbound_nodes: [{ args: [tensor, other], kwargs: {} }],
});
const pictures = (inner: Json) => functional([null, 4, 4, 3], [inner], 'op');

/** Models in Keras's words that a name makes wrong. */
const inKeras: Record<string, (name: string) => Json> = {
  'an operation': (name) => pictures(operation(name)),
  "an operation's constant": (name) => pictures(operation('Add', { class_name: name, config: { value: 2 } })),
  'a layer': (name) => net({ ...dense(), class_name: name }),
  'a model': (name) => ({ ...net(dense()), class_name: name }),
  'a module': (name) => net({ ...dense(), module: name }),
  'a setting that tfjs lacks': (name) => net(dense(member(name, 1))),
  'an activation': (name) => net(dense({ activation: name })),
  'an initializer': (name) => net(dense({ kernel_initializer: { class_name: name, config: {} } })),
  'a regularizer': (name) => net(dense({ kernel_regularizer: { class_name: name, config: {} } })),
  'a type': (name) => net(dense({ dtype: name })),
  'a padding': (name) =>
    pictures(layer('Conv2D', 'op', { filters: 1, kernel_size: 1, padding: name }, [...call('in')])),
  'a source': (name) => net({ ...dense(), inbound_nodes: [[[name, 0, 0]]] }),
  'an output': (name) => functional([null, 2], [dense()], name),
  'an argument': (name) => net({ ...dense(), inbound_nodes: [[['in', 0, 0, member(name, 1)]]] }),
};

for (const [what, made] of Object.entries(inKeras))
  test(`no file in Keras's words gets by with a name that every object has: ${what}`, () => {
    const { numTensors } = tf.memory();
    for (const name of NAMES) {
      assert.throws(
        () => open(made(name)),
        (error: Error) => [name, "'op'"].some((told) => error.message.includes(told)) && !(error instanceof TypeError),
      );
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });

test('a layer may have such a name, in a file of Keras', () => {
  for (const name of NAMES.slice(0, 2)) {
    const model = open(functional([null, 2], [layer('Dense', name, { units: 2 }, [...call('in')])], name));
    assert.deepEqual(model.getLayer(name).getWeights()[0]!.shape, [2, 2]);
    model.dispose();
  }
});

const sgd = { class_name: 'SGD', config: { learning_rate: 0.1 } };
/** How a model was compiled, in Keras's words, which a name makes wrong, and whether it is compiled all the same. */
const compiles: Record<string, [made: (name: string) => Json, compiled: boolean]> = {
  'an optimizer': [(name) => ({ optimizer: { ...sgd, class_name: name }, loss: 'mse' }), false],
  "an optimizer's setting": [
    (name) => ({ optimizer: { ...sgd, config: { ...sgd.config, ...member(name, 1) } }, loss: 'mse' }),
    false,
  ],
  'a loss': [(name) => ({ optimizer: sgd, loss: name }), false],
  "a loss's class": [(name) => ({ optimizer: sgd, loss: { class_name: name, config: {} } }), false],
  "a loss's setting": [
    (name) => ({ optimizer: sgd, loss: { class_name: 'MeanSquaredError', config: member(name, 1) } }),
    false,
  ],
  "an output's loss": [(name) => ({ optimizer: sgd, loss: member(name, 'mse') }), false],
  'a metric': [(name) => ({ optimizer: sgd, loss: 'mse', metrics: [name, 'mae'] }), true],
  "a metric's setting": [
    (name) => ({
      ...{ optimizer: sgd, loss: 'mse' },
      metrics: ['mae', { class_name: 'MeanSquaredError', config: member(name, 1) }],
    }),
    true,
  ],
};

for (const [what, [made, compiled]] of Object.entries(compiles))
  test(`no model is compiled with a name that every object has: ${what}`, () => {
    for (const name of NAMES) {
      const model = open(net(dense()));
      const { numTensors } = tf.memory();
      const config = asParsed(made(name)) as Json;
      if (compiled) {
        assert.equal(compileFromConfig(model, config).length, 1);
        assert.deepEqual(model.metrics, ['mae']);
      } else {
        assert.throws(
          () => compileFromConfig(model, config),
          (error) => !(error instanceof TypeError),
        );
        assert.equal(model.optimizer, undefined);
        assert.equal(tf.memory().numTensors, numTensors);
      }
      model.optimizer?.dispose();
      model.dispose();
    }
  });

test('an output whose name every object has gets no loss of the others', () => {
  const model = open(
    functional([null, 2], [layer('Dense', 'constructor', { units: 2 }, [...call('in')])], 'constructor'),
  );
  assert.throws(() => compileFromConfig(model, { optimizer: sgd, loss: {} }), /the loss undefined/);
  model.dispose();
});

test('an optimizer is made of numbers', () => {
  for (const wrong of ['0.5', [0.5], {}])
    assert.throws(() => readOptimizer({ ...sgd, config: { ...sgd.config, momentum: wrong } }), /SGD with momentum=/);
});

const weights = { 'dense/kernel': [2, 2], 'dense/bias': [2] };
const first = (config: Json, class_name = 'Dense') =>
  sequential([layer(class_name, 'dense', { units: 2, batch_input_shape: [null, 2], ...config })]);
const inSteps = (inner: Json) => first({ batch_input_shape: [null, 2, 2], ...inner }, 'TimeDistributed');
/** Models in tfjs's words that a name makes wrong. */
const inTfjs: Record<string, (name: string) => unknown> = {
  'a layer': (name) => first({}, name),
  'a model': (name) => ({ ...net(dense()), class_name: name }),
  'a layer in a layer': (name) => inSteps({ layer: layer(name, 'inner', { units: 2 }) }),
  'a cell': (name) => first({ batch_input_shape: [null, 2, 2], cell: layer(name, 'inner', { units: 2 }) }, 'RNN'),
  'an activation': (name) => first({ activation: name }),
  "an activation's class": (name) => first({ activation: { class_name: name, config: {} } }),
  'an initializer': (name) => first({ kernel_initializer: name }),
  "an initializer's class": (name) => first({ kernel_initializer: { class_name: name, config: {} } }),
  'a regularizer': (name) => first({ bias_regularizer: { class_name: name, config: {} } }),
  'a constraint': (name) => first({ bias_constraint: name }),
  'a type': (name) => first({ dtype: name }),
  'a source': (name) => net({ ...dense(), inbound_nodes: [[[name, 0, 0]]] }),
  'what a layer stands in for': (name) => first({ thaw: { class_name: name, config: { units: 2 } }, units: 3 }),
};

for (const [what, made] of Object.entries(inTfjs))
  test(`no model.json gets by with a name that every object has: ${what}`, async () => {
    const { numTensors } = tf.memory();
    for (const [index, name] of NAMES.entries()) {
      const path = writeTfjs(join(folder, `${what}${index}`), asParsed(made(name)), { weights });
      await assert.rejects(
        loadModel(path),
        // Refused for what it is, not by chance.
        (error: Error) => error.name === 'ModelFileError' && !/undefined|not a function|iterable/.test(error.message),
      );
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });

const manifests: Record<string, (spec: Json, name: string) => Json> = {
  name: (spec, name) => ({ ...spec, name }),
  type: (spec, name) => ({ ...spec, dtype: name }),
  'stored type': (spec, name) => ({ ...spec, quantization: { dtype: name, min: 0, scale: 1 } }),
};

for (const [what, change] of Object.entries(manifests))
  test(`no weights in a model.json get by with a name that every object has: ${what}`, async () => {
    const path = writeTfjs(join(folder, `weights ${what}`), first({}), { weights });
    const json = JSON.parse(readFileSync(path, 'utf8'));
    const [manifest] = json.weightsManifest;
    const { numTensors } = tf.memory();
    for (const name of NAMES) {
      const changed = { ...manifest, weights: [change(manifest.weights[0], name), manifest.weights[1]] };
      writeFileSync(path, JSON.stringify({ ...json, weightsManifest: [changed] }));
      const message = what === 'name' ? /no target variable|not set/ : /the weights "dense\/kernel" are/;
      await assert.rejects(
        loadModel(path),
        (error: Error) => error.name === 'ModelFileError' && message.test(error.message),
      );
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });

test('kept weights may have such a name, and belong to no layer then', async () => {
  for (const name of NAMES) {
    const kept = member(name, { shape: [2], values: [1, 2] });
    const thaw = { class_name: 'RandomFlip', config: {}, weights: kept };
    const stand = layer('Activation', 'flip', { activation: 'linear', batch_input_shape: [null, 4, 4, 3], thaw });
    const path = writeTfjs(join(folder, `kept ${name}`), sequential([stand]));
    const { numTensors } = tf.memory();
    await assert.rejects(loadModel(path), { name: 'ModelFileError', path });
    assert.equal(tf.memory().numTensors, numTensors);
  }
});

test('no model.json is compiled with a name that every object has', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'dense' })] });
  await saveModel(model, join(folder, 'compiled', 'model.json'));
  model.dispose();
  const path = join(folder, 'compiled', 'model.json');
  const text = readFileSync(path, 'utf8');
  const good = { optimizer_config: sgd, loss: 'mean_squared_error', metrics: ['mae'] };
  const { numTensors } = tf.memory();
  const warn = mock.method(console, 'warn', () => {});
  for (const name of NAMES) {
    for (const wrong of [
      { optimizer_config: { ...sgd, class_name: name } },
      { loss: name },
      { loss: [name] },
      { loss: member(name, 'mean_squared_error') },
      { loss: { dense: name } },
      { metrics: [name] },
      { metrics: { dense: name } },
    ]) {
      writeFileSync(path, JSON.stringify({ ...JSON.parse(text), trainingConfig: { ...good, ...wrong } }));
      const loaded = await loadModel(path);
      assert.equal(loaded.optimizer, undefined, JSON.stringify(wrong));
      loaded.dispose();
      assert.equal(tf.memory().numTensors, numTensors, JSON.stringify(wrong));
    }
  }
  writeFileSync(path, JSON.stringify({ ...JSON.parse(text), trainingConfig: good }));
  const loaded = await loadModel(path);
  warn.mock.restore();
  assert.deepEqual([loaded.optimizer.getClassName(), loaded.metrics], ['SGD', ['mae']]);
  loaded.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  assert.equal(warn.mock.callCount(), 7 * NAMES.length);
});
