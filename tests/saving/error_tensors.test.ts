import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { loadModel } from '../../src/saving/load_model';
import * as tf from '../../src/tf';
import { call, functional, type Json, layer, open, sequential, temporaryFolder, writeTfjs } from './written_models';

/*
 * After each error, wherever it comes up, there are as many tensors as before.
 */

const folder = temporaryFolder('errors');

async function assertNoTensor(act: () => unknown, message: RegExp): Promise<void> {
  const { numTensors } = tf.memory();
  await assert.rejects(async () => act(), message);
  assert.equal(tf.memory().numTensors, numTensors);
}

test('a layer whose name is none of a tensor leaves nothing, nor those before it', () =>
  assertNoTensor(() => {
    const first = layer('Dense', 'first', { units: 2 }, [...call('in')]);
    const wrong = layer('Dense', '__proto__', { units: 2 }, [...call('first')]);
    open(functional([null, 2], [first, wrong], '__proto__'));
  }, /Not a valid tensor name/));

test('a layer that fails once it is built leaves nothing', () =>
  assertNoTensor(() => {
    const first = layer('Dense', 'first', { units: 2 }, [...call('in')]);
    open(functional([null, 2], [first, layer('Reshape', 'last', { target_shape: [7] }, [...call('first')])], 'last'));
  }, /'last' \(Reshape\)/));

const dense = sequential([layer('Dense', 'dense', { units: 2, batch_input_shape: [null, 2] })]);
const weights = { 'dense/kernel': [2, 2], 'dense/bias': [2] };
let count = 0;

/** A `model.json` whose text `change` has changed. */
function changed(change: (json: Json & { weightsManifest: [{ weights: Json[] }] }) => void): string {
  const path = writeTfjs(join(folder, `${count++}`), dense, { weights });
  const json = JSON.parse(readFileSync(path, 'utf8'));
  change(json);
  writeFileSync(path, JSON.stringify(json));
  return path;
}

for (const [what, message, change] of [
  [
    'whose last weights are kept in no way',
    /are "float32" of shape/,
    (last: Json) => Object.assign(last, { quantization: {} }),
  ],
  [
    'whose last weights are steps of no size',
    /are "float32" of shape/,
    (last: Json) => Object.assign(last, { quantization: { dtype: 'float32', min: 0, scale: 'x' } }),
  ],
  [
    'whose last weights are of no type that is read',
    /Unsupported dtype/,
    (last: Json) => Object.assign(last, { dtype: 'float16', shape: [4] }),
  ],
  [
    'whose last weights are halves of whole numbers',
    /only supports weights of type float32/,
    (last: Json) => Object.assign(last, { quantization: { dtype: 'float16' }, dtype: 'int32', shape: [4] }),
  ],
  [
    'whose last weights are called as the first',
    /two weights of one name/,
    (last: Json) => Object.assign(last, { name: 'dense/kernel' }),
  ],
  ['whose last weights are of another shape', /Shape mismatch/, (last: Json) => Object.assign(last, { shape: [1, 2] })],
] as const)
  test(`a model.json leaves nothing ${what}`, () =>
    assertNoTensor(
      () => loadModel(changed(({ weightsManifest: [{ weights }] }) => void change(weights.at(-1)!))),
      message,
    ));

const sgd = { class_name: 'SGD', config: { learning_rate: 0.1 } };
const momentum = { class_name: 'Momentum', config: { learning_rate: 0.1, momentum: 0.9 } };
for (const [what, message, training, slots] of [
  [
    'with a layer for an optimizer',
    /tfjs has no optimizer "Flatten"/,
    { optimizer_config: { class_name: 'Flatten', config: {} }, loss: 'meanSquaredError' },
    [],
  ],
  [
    'with an optimizer set by a text',
    /SGD with learningRate="1"/,
    { optimizer_config: { ...sgd, config: { learning_rate: '1' } }, loss: 'meanSquaredError' },
    [],
  ],
  [
    'with a loss too many',
    /the loss \[/,
    { optimizer_config: momentum, loss: ['meanSquaredError', 'meanSquaredError'] },
    [],
  ],
  ['with a loss that tfjs lacks', /Unknown loss evil/, { optimizer_config: momentum, loss: 'evil' }, []],
  [
    'with a metric that tfjs lacks',
    /Unknown metric evil/,
    { optimizer_config: momentum, loss: 'meanSquaredError', metrics: ['evil'] },
    [],
  ],
  [
    'with an optimizer that has made no number of steps',
    /has made NaN steps/,
    { optimizer_config: momentum, loss: 'meanSquaredError' },
    [Number.NaN, 1],
  ],
] as const)
  test(`a model.json that is compiled ${what} is loaded, not compiled, and leaves nothing`, async () => {
    const path = changed((json) => {
      const specs = slots.map((_, index) => ({
        name: `slot${index}`,
        shape: [],
        dtype: 'float32',
        group: 'optimizer',
      }));
      json.weightsManifest[0].weights.push(...specs);
      json.trainingConfig = training;
    });
    const bytes = join(path, '../w.bin');
    writeFileSync(bytes, Buffer.concat([readFileSync(bytes), Buffer.from(Float32Array.from(slots).buffer)]));
    const warn = mock.method(console, 'warn', () => {});
    const { numTensors } = tf.memory();
    const model = await loadModel(path);
    warn.mock.restore();
    const told = String(warn.mock.calls[0]?.arguments[0]);
    assert.match(told, /loaded but not compiled/);
    assert.match(told, message);
    assert.equal(model.optimizer, undefined);
    model.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });

test('a constraint that is applied to loaded weights leaves nothing', async () => {
  const constrained = layer('Dense', 'dense', {
    units: 2,
    kernel_constraint: { class_name: 'NonNeg', config: {} },
    batch_input_shape: [null, 2],
  });
  const path = writeTfjs(join(folder, 'constrained'), sequential([constrained]), { weights });
  const { numTensors } = tf.memory();
  const model = await loadModel(path);
  assert.equal(tf.memory().numTensors, numTensors + 2);
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

test('kept weights that are none are named', async () => {
  for (const [index, wrong] of [
    { shape: [-3], values: [] },
    { shape: [3], values: [1, 2] },
    { shape: [1], values: ['x'] },
    3,
  ].entries()) {
    const thaw = { class_name: 'Normalization', config: {}, weights: { 'norm/mean': wrong } };
    const standIn = layer('Activation', 'norm', { activation: 'linear', batch_input_shape: [null, 3], thaw });
    const path = writeTfjs(join(folder, `kept${index}`), sequential([standIn]));
    await assertNoTensor(() => loadModel(path), /the weights 'norm\/mean' are/);
  }
});
