import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type File, type Group, writeHdf5 } from '../../src/saving/hdf5/hdf5';
import { groupAt } from '../../src/saving/hdf5/write_arrays';
import { loadModel } from '../../src/saving/load_model';
import { loadWeights } from '../../src/saving/load_weights';
import { saveModel } from '../../src/saving/save_model';
import { writeZip } from '../../src/saving/zip';
import * as tf from '../../src/tf';
import { setEnv } from '../support/set_env';
import { mountSmallDisk } from '../support/small_disk';
import { asParsed, type Json, layer, open, sequential, temporaryFolder, writeTfjs } from './written_models';

/*
 * An error names the layer that it is about, whatever leads to it, and no file that is there only for a moment.
 */

const folder = temporaryFolder('named');
const inFolder = (...names: string[]) => join(folder, ...names);

/** That `act` fails with `message`, which tells of no temporary file, and leaves no tensor. */
async function assertTold(act: () => Promise<unknown>, message: RegExp): Promise<void> {
  const { numTensors } = tf.memory();
  await assert.rejects(act, (error: Error) => {
    assert.match(error.message, message);
    // What Thaw calls its folders: `thaw-XXXXXX` in the system's, `.model.keras-XXXXXX` beside a model.
    assert.doesNotMatch(error.message, /\/thaw-(?!named-)|\/\.[^/]*-\w{6}\b/);
    return true;
  });
  assert.equal(tf.memory().numTensors, numTensors);
}

const dense = (name: string, units: number, config: Json = {}) => layer('Dense', name, { units, ...config });
const topology = sequential([
  layer('InputLayer', 'in', { batch_shape: [null, 3], dtype: 'float32' }),
  dense('first', 2),
  dense('second', 1),
]);

/** A `.keras` of two layers whose weights are as `write` has them, or of these bytes. */
async function written(name: string, weights: Buffer | ((file: File) => void)): Promise<string> {
  const file = inFolder(`${name}.bin`);
  if (Buffer.isBuffer(weights)) writeFileSync(file, weights);
  else await writeHdf5(file, weights);
  const path = inFolder(`${name}.keras`);
  await writeZip(path, [
    { name: 'config.json', text: JSON.stringify(topology) },
    { name: 'model.weights.h5', file },
  ]);
  return path;
}

function writeVariables(file: File, path: string, name: string, shapes: Record<string, number[]>): Group {
  const group = groupAt(file, `layers/${path}/vars`);
  group.create_attribute('name', name);
  for (const [array, shape] of Object.entries(shapes)) {
    group.create_dataset({ name: array, data: new Float32Array(tf.util.sizeFromShape(shape)), shape, dtype: '<f' });
  }
  return group;
}
const first = (file: File) => writeVariables(file, 'dense', 'first', { 0: [3, 2], 1: [2] });

for (const [what, weights, message] of [
  ['no HDF5 file', Buffer.from('nothing of the kind'), /'model\.weights\.h5', which is no HDF5 file/],
  ['an empty file', Buffer.alloc(0), /'model\.weights\.h5', which is no HDF5 file/],
  [
    'an HDF5 file of something else',
    (file: File) => void file.create_group('other'),
    /Received: 'model\.weights\.h5' \(it is an HDF5 file without Keras's layers/,
  ],
  [
    'an array that is missing between others',
    (file: File) => {
      first(file);
      writeVariables(file, 'dense_1', 'second', { 0: [2, 1], 2: [1] });
    },
    /Received: 'model\.weights\.h5' \(the layer 'second': it lacks '1'\)/,
  ],
  [
    'an array of texts',
    (file: File) =>
      void writeVariables(file, 'dense', 'first', {}).create_dataset({ name: '0', data: ['a', 'b'], dtype: 'S1' }),
    /'model\.weights\.h5' is truncated or damaged: .*\('first': 'layers\/dense\/vars\/0' holds no numbers/,
  ],
] as const)
  test(`an error about the weights in a .keras names the member of the file: ${what}`, async () =>
    assertTold(async () => loadModel(await written(what.replaceAll(' ', '_'), weights)), message));

test('an error about the weights in a .keras names the member of the file: cut off, and damaged in one layer', async () => {
  const whole = inFolder('whole.bin');
  await writeHdf5(whole, (file) => {
    first(file);
    writeVariables(file, 'dense_1', 'second', { 0: [2, 1], 1: [1] });
  });
  const bytes = readFileSync(whole);
  const cut = await written('cut', bytes.subarray(0, bytes.length - 8));
  await assertTold(() => loadModel(cut), /HDF5 file 'model\.weights\.h5' is truncated or damaged/);
  // Each array's header says that it begins.
  const begins: number[] = [];
  for (let at = bytes.indexOf('OHDR'); at !== -1; at = bytes.indexOf('OHDR', at + 1)) begins.push(at);
  const told: string[] = [];
  for (const [index, at] of begins.entries()) {
    const damaged = Buffer.from(bytes);
    damaged[at + 8]! ^= 0xff;
    const path = await written(`damaged${index}`, damaged);
    await assertTold(
      () =>
        loadModel(path).catch((error: Error) => {
          told.push(error.message);
          throw error;
        }),
      /HDF5 file 'model\.weights\.h5' is truncated or damaged/,
    );
  }
  for (const name of ['first', 'second']) {
    assert.ok(
      told.some((message) => message.includes(`('${name}': 'layers/dense`)),
      told.join('\n'),
    );
  }
});

test('an error about an array of a legacy file names the layer', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'first' })] });
  for (const [name, weights, message] of [
    ['lacking', ['kernel', 'bias'], /the layer 'first': it lacks 'bias'/],
    ['twice', ['kernel', 'kernel'], /the layer 'first': it lists 'kernel' twice/],
  ] as const) {
    const path = inFolder(`${name}.h5`);
    await writeHdf5(path, (file) => {
      file.create_attribute('layer_names', ['first']);
      const group = file.create_group('first');
      group.create_attribute('weight_names', [...weights]);
      group.create_dataset({ name: 'kernel', data: new Float32Array(6), shape: [3, 2], dtype: '<f' });
    });
    await assertTold(() => loadWeights(model, path), message);
  }
  model.dispose();
});

const tensor = (name: string, shape: unknown[]) => ({
  class_name: '__keras_tensor__',
  config: { shape, dtype: 'float32', keras_history: [name, 0, 0] },
});
const operation = (class_name: string, name: string, config: Json, ...args: unknown[]) => ({
  ...{ module: 'keras.src.ops.numpy', class_name, name, config: { name, ...config } },
  inbound_nodes: [{ args, kwargs: {} }],
});
/** A model that begins with some channels and ends with the last of these operations. */
const functional = (channels: number, operations: { name: string }[]) => ({
  class_name: 'Functional',
  config: {
    name: 'net',
    layers: [layer('InputLayer', 'in', { batch_shape: [null, 2, 2, channels], dtype: 'float32' }), ...operations],
    input_layers: [['in', 0, 0]],
    output_layers: [[operations.at(-1)!.name, 0, 0]],
  },
});
const input = (channels: number) => tensor('in', [null, 2, 2, channels]);

for (const [what, json, message] of [
  [
    'a number for each of more channels than Thaw takes',
    functional(65, [operation('Multiply', 'double', {}, input(65), [...Array(65).keys()])]),
    /The operation 'double' \(Multiply\) can't be loaded\. Expected .*, of 64 channels at most, one for each/,
  ],
  [
    'the same, stacked and in the middle of others',
    functional(65, [
      operation('Stack', 'stack', { axis: -1 }, [input(65)]),
      operation('Add', 'plus', {}, tensor('stack', [null, 2, 2, 65]), 1),
    ]),
    /The operation 'stack' \(Stack\) can't be loaded/,
  ],
  [
    'more operations than prepare pictures',
    functional(3, [...Array.from({ length: 1001 }, (_, index) => operation('Add', `add${index}`, {}, input(3), 1))]),
    /the model 'net' holds 1001 operations on channels/,
  ],
  [
    'a layer of a Sequential that does not fit the one before it',
    sequential([
      layer('InputLayer', 'in', { batch_shape: [null, 2, 2, 3], dtype: 'float32' }),
      layer('Flatten', 'flat'),
      layer('GlobalAveragePooling2D', 'pool'),
    ]),
    /The layer 'pool' \(GlobalAveragePooling2D\) can't be loaded\. Input 0 is incompatible/,
  ],
  [
    'one without a class',
    sequential([{ class_name: null, config: { units: 2, kernel_initializer: 'x'.repeat(300), name: 'odd' } }]),
    /each layer of 'net' to have a class, .*, called 'odd'/,
  ],
] as const)
  test(`an error names what it is about: ${what}`, () => {
    assert.throws(() => open(asParsed(json)), message);
  });

test('an error about a model.json names the layer', async () => {
  const units = dense('first', 2, { batch_input_shape: [null, 3] });
  const long = { kernel_initializer: { class_name: 'Zeros', config: { note: 'x'.repeat(300) } } };
  const twice = { ...units, config: { ...long, ...units.config, use_bias: true, useBias: true } };
  await assertTold(
    () => loadModel(writeTfjs(inFolder('spelled'), sequential([twice]))),
    /the layer 'first' has 'useBias' in two spellings/,
  );
  const inner = {
    ...long,
    activation: 'relu',
    kernel_initializer: { class_name: 'Ones', className: 'Ones', config: {} },
  };
  await assertTold(
    () =>
      loadModel(
        writeTfjs(inFolder('spelled_within'), sequential([{ ...units, config: { ...units.config, ...inner } }])),
      ),
    /the layer 'first' has 'class_name' in two spellings/,
  );
  const weights = { 'first/kernel': [2, 3], 'first/bias': [2] };
  await assertTold(
    () => loadModel(writeTfjs(inFolder('shaped'), sequential([units]), { weights })),
    /the weights 'first\/kernel' are of shape \[2,3\]\. Expected \[3,2\]/,
  );
  const whole = writeTfjs(inFolder('whole'), sequential([units]), {
    weights: { 'first/kernel': [3, 2], 'first/bias': [2] },
  });
  writeFileSync(whole, readFileSync(whole, 'utf8').replace('[2],"dtype":"float32"', '[2],"dtype":"int32"'));
  await assertTold(() => loadModel(whole), /the weights 'first\/bias' are int32\. Expected float32/);
});

for (const name of ['model.keras', 'model.h5', 'model.json'])
  test(`an error about a path that a model can't take names that path: ${name}`, async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    const path = inFolder('taken', name);
    mkdirSync(join(path, 'mine'), { recursive: true });
    await assertTold(() => saveModel(model, path), new RegExp(`: '[^']*taken/${name}'$|: it is no file$`));
    assert.deepEqual(readdirSync(path), ['mine']);
    model.dispose();
  });

test('an error about a folder that nothing can be written to names that folder', async (t) => {
  const path = await written('good', (file) => {
    first(file);
    writeVariables(file, 'dense_1', 'second', { 0: [2, 1], 1: [1] });
  });
  (await loadModel(path)).dispose();
  setEnv(t, 'TMPDIR', inFolder('nowhere'));
  await assertTold(
    () => loadModel(path),
    /no folder can be made in '.*nowhere' for the weights; TMPDIR names another: ENOENT: .*: '[^']*nowhere'\)/,
  );
});

test('a full disk is told without the names of what was to lie on it', async (t) => {
  const small = inFolder('small');
  mkdirSync(small);
  const disk = mountSmallDisk(small, '100k', t);
  if (!disk) return;
  t.after(disk.unmount);
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 300, inputShape: [300] })] });
  await assertTold(() => saveModel(model, join(small, 'model.json')), /Can't save the model at .*ENOSPC/);
  await saveModel(model, inFolder('large.keras'));
  setEnv(t, 'TMPDIR', small);
  await assertTold(() => loadModel(inFolder('large.keras')), /ENOSPC/);
  model.dispose();
});
