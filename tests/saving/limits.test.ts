import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readModelConfig } from '../../src/saving/keras_json/types';
import { loadModel } from '../../src/saving/load_model';
import * as tf from '../../src/tf';
import { formatTable } from '../../src/tfjs/summary_table';
import { camelCase } from '../../src/utils/camel_case';
import { call, functional, type Json, layer, open, sequential, temporaryFolder, writeTfjs } from './written_models';

/*
 * How much a file may ask for is told by what is used: layers, calls, tensors, steps, channels, levels. That each limit is
 * what holds, one more than it allows shows, which costs little; what costs much is never built.
 */

const folder = temporaryFolder('limits');
const flow = (index: number, ...nodes: unknown[]) =>
  layer('Activation', `a${index}`, { activation: 'linear' }, ...nodes);
const chain = (count: number) =>
  Array.from({ length: count }, (_, index) => flow(index, [...call(index === 0 ? 'in' : `a${index - 1}`)]));

test('a model has at most 2500 layers, those within others counted', () => {
  const many = (count: number) => sequential(chain(count));
  assert.equal(readModelConfig(many(2499)).config.layers.length, 2499);
  assert.throws(() => readModelConfig(many(2500)), /more than 2500 layers/);
  const halves = sequential([many(1249), { ...many(1249), name: 'other' }]);
  assert.throws(() => readModelConfig(halves), /more than 2500 layers/);
  const cells = Array.from({ length: 2500 }, (_, index) => layer('LSTMCell', `c${index}`, { units: 1 }));
  const rnn = layer('RNN', 'rnn', { cell: layer('StackedRNNCells', 'cells', { cells }) });
  assert.throws(() => readModelConfig(sequential([rnn])), /more than 2500 layers/);
});

test('a model calls layers at most 2500 times', () => {
  const nodes = Array.from({ length: 2501 }, () => [...call('in')]);
  assert.throws(() => readModelConfig(functional([null, 2], [flow(0, ...nodes)], 'a0')), /more than 2500 calls/);
});

test('the calls of a model get at most 10000 tensors, in whichever words', () => {
  const keras2 = layer(
    'Add',
    'add',
    {},
    Array.from({ length: 10_001 }, () => ['in', 0, 0]),
  );
  const keras3 = layer('Add', 'add', {}, { args: [Array.from({ length: 10_001 }, () => 0)], kwargs: {} });
  for (const add of [keras2, keras3])
    assert.throws(() => readModelConfig(functional([null, 2], [add], 'add')), /more than 10000 tensors/);
});

test('nothing in a file lies deeper than 200 levels', async () => {
  const deep = (levels: number) => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 1);
  const made = (levels: number) => functional([null, 2], [layer('Activation', 'a', { deep: deep(levels) })], 'a');
  readModelConfig(made(190));
  assert.throws(() => readModelConfig(made(200)), /more than 200 levels deep/);
  // No program of ours writes so deep a JSON.
  const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  for (const [name, more] of Object.entries({ deep: { deep: 'here' }, trained: { trainingConfig: 'here' } })) {
    const path = writeTfjs(join(folder, name), made(1), { more });
    writeFileSync(path, readFileSync(path, 'utf8').replace('"here"', text));
    await assert.rejects(loadModel(path), /more than 200 levels deep/);
  }
});

/** Models each of which calls the one in it twice, and so the innermost 2^levels times. */
const doubling = (levels: number): Json => {
  let model: Json = functional([null, 2], [flow(0, [...call('in')])], 'a0', 'm0');
  for (let level = 1; level <= levels; level++) {
    const inner = { ...model, name: `m${level - 1}`, inbound_nodes: [[['in', 0, 0]], [[`m${level - 1}`, 1, 0]]] };
    model = functional([null, 2], [inner], `m${level - 1}`, `m${level}`);
    (model.config as Json).output_layers = [[`m${level - 1}`, 2, 0]];
  }
  return model;
};

test('models within models take at most 25000 steps in all', async () => {
  open(doubling(8)).dispose();
  const { numTensors } = tf.memory();
  assert.throws(() => open(doubling(25)), /more than 25000 steps/);
  await assert.rejects(loadModel(writeTfjs(join(folder, 'doubling'), doubling(25))), /more than 25000 steps/);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('as many layers as are allowed build', () => {
  const { numTensors } = tf.memory();
  const model = open(functional([null, 2], chain(2490), 'a2489'));
  assert.equal(model.layers.length, 2491);
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

test('a layer gets at most 16 axes, of an input or of another layer', () => {
  const ones = (rank: number) => Array<number>(rank).fill(1);
  open(functional([null, ...ones(15)], [flow(0, [...call('in')])], 'a0')).dispose();
  assert.throws(() => open(functional([null, ...ones(16)], [flow(0, [...call('in')])], 'a0')), /more than 16 axes/);
  const wide = layer('Reshape', 'wide', { target_shape: ones(1000) }, [...call('in')]);
  assert.throws(
    () => open(functional([null, 1], [wide, flow(0, [...call('wide')])], 'a0')),
    /'a0' gets more than 16 axes/,
  );
});

const channels = (name: string, count: number) => ({
  ...{ class_name: '__keras_tensor__', config: { shape: [null, 4, 4, count], keras_history: [name, 0, 0] } },
});
const operation = (class_name: string, name: string, config: Json, ...args: unknown[]) => ({
  ...{ module: 'keras.src.ops.numpy', class_name, name, config: { name, ...config } },
  inbound_nodes: [{ args, kwargs: {} }],
});
const ellipsis = { class_name: '__ellipsis__', config: {} };

test('operations on channels give at most 64 of them, whatever they are taken from', () => {
  const stacked = (count: number) => {
    const taken = operation('GetItem', 'taken', {}, channels('in', 3), [ellipsis, 1]);
    const stack = operation(
      'Stack',
      'stack',
      { axis: -1 },
      Array.from({ length: count }, () => channels('taken', 3)),
    );
    return functional([null, 4, 4, 3], [taken, stack], 'stack');
  };
  open(stacked(64)).dispose();
  assert.throws(() => open(stacked(65)), /The operation 'stack' \(Stack\) can't be loaded/);
  const add = (constants: number | number[]) => operation('Add', 'add', {}, channels('in', 65), constants);
  const each = Array.from({ length: 65 }, (_, index) => index);
  assert.throws(
    () => open(functional([null, 4, 4, 65], [add(each)], 'add')),
    /'add' \(Add\) can't be loaded\..*of 64 channels at most/,
  );
  assert.throws(() => open(sequential([add(1)])), /'add' is in a Sequential/);
  // One number for all of them is another matter.
  open(functional([null, 4, 4, 65], [add(1)], 'add')).dispose();
});

test('an operation on channels that waits for itself is named', () => {
  const first = operation('Add', 'first', {}, channels('second', 3), 1);
  const second = operation('Add', 'second', {}, channels('first', 3), 1);
  assert.throws(() => open(functional([null, 4, 4, 3], [first, second], 'second')), /'second' waits for itself/);
});

test('a channel is taken by a whole number, and constants are numbers of those that hold them', () => {
  const taken = operation('GetItem', 'taken', {}, channels('in', 3), [ellipsis, 1.5]);
  const stack = operation('Stack', 'stack', { axis: -1 }, [channels('taken', 3)]);
  assert.throws(
    () => open(functional([null, 4, 4, 3], [taken, stack], 'stack')),
    /'taken' \(GetItem\) can't be loaded/,
  );
});

test('two layers of one name are refused', () => {
  const twice = functional([null, 2], [flow(0, [...call('in')]), flow(0, [...call('in')])], 'a0');
  assert.throws(() => open(twice), /one layer of 'net' to be called 'a0'\. Received: two/);
});

test('a call that leads to no output leaves nothing behind', () => {
  const { numTensors } = tf.memory();
  const dense = (name: string, ...nodes: unknown[]) => layer('Dense', name, { units: 2 }, ...nodes);
  const layers = [dense('used', [...call('in')], [...call('in')]), dense('unused', [...call('used')])];
  const model = open(functional([null, 2], layers, 'used'));
  assert.equal(tf.memory().numTensors, numTensors + 2);
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

/** That `work` takes no more than in proportion to its input: for 16 times as much, 256 times as long where it is squared. */
function assertLinear(work: (size: number) => unknown, size: number): void {
  const time = (size: number) => {
    const start = performance.now();
    work(size);
    return performance.now() - start;
  };
  work(size);
  // The least of some, since others may be at work.
  const ratios = Array.from({ length: 8 }, () => time(16 * size) / Math.max(time(size), 0.05));
  assert.ok(Math.min(...ratios) < 80, `16 times as much takes at least ${Math.min(...ratios)} times as long`);
}

/** Reads a model with a text that is none of tfjs's choices. */
function choose(text: string): void {
  const pooling = layer('MaxPooling2D', 'pool', { padding: text }, [...call('in')]);
  assert.throws(() => open(functional([null, 2, 2, 1], [pooling], 'pool')), /'pool' \(MaxPooling2D\)/);
}

for (const [what, work] of Object.entries({
  'underscores in a setting': (size: number) => choose(`same${'_'.repeat(size)}-`),
  'underscores in a name': (size: number) => camelCase('_'.repeat(size)),
  'what looks like sources in a setting': (size: number) => choose('["a",0,0'.repeat(size / 8)),
  'spaces in a summary': (size: number) => formatTable([[' '.repeat(size)]], [10], ['left']),
}))
  test(`what is long takes long in proportion: ${what}`, () => assertLinear(work, 40_000));
