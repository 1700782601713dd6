import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { classNames } from '../../../src/saving/class_names';
import { loadModel } from '../../../src/saving/load_model';
import { saveModel } from '../../../src/saving/save_model';
import * as tf from '../../../src/tf';
import { relativeError, reportWorst } from '../../support/parity';
import { type Json, layer, sequential, temporaryFolder, writeTfjs } from '../written_models';

/** A folder that tfjs's converter wrote: its `model.json`, the other files in base 64, and what Keras predicts. */
interface Converted {
  'model.json': string;
  files: Record<string, string>;
  /** Of each output, as JSON. */
  predictions: string[];
}

/*
 * What `tensorflowjs_converter` 4.22 writes of models of Keras 3.15.1 and 2.15, each saved as `.h5` or `.keras` before, as
 * `converted_models.py` made them: cut into files, split by layer, quantized.
 */
const converted: Record<string, Converted> = JSON.parse(
  readFileSync(join(__dirname, 'converted_models.json')).toString(),
);
const folder = temporaryFolder('converted');

/** Writes the files of one, with another `model.json` where it is given; gives the path of that. */
function write(name: string, json = converted[name]!['model.json'], into = name): string {
  const path = join(folder, into);
  mkdirSync(path);
  for (const [file, base64] of Object.entries(converted[name]!.files)) {
    writeFileSync(join(path, file), Buffer.from(base64, 'base64'));
  }
  writeFileSync(join(path, 'model.json'), json);
  return join(path, 'model.json');
}

/** Four pictures of whole and broken numbers; `converted_models.py` has the same. */
const pictures = tf.tidy(() => {
  const all = tf.tensor(
    Array.from({ length: 768 }, (_, index) => (index * 37) % 256),
    [4, 8, 8, 3],
  );
  const [first, , third] = tf.split(all, 4);
  return tf.concat([first!, first!.reverse(1), third!.div(3), first!.transpose([0, 2, 1, 3]).div(2)]);
});

const predict = (model: tf.LayersModel) =>
  tf.tidy(() => [model.predict(pictures)].flat().map((output) => output.dataSync()));

for (const [name, { predictions }] of Object.entries(converted))
  test(`a converted model predicts as in Keras, and is saved as any other: ${name}`, async (t) => {
    const path = write(name);
    const { numTensors } = tf.memory();
    const model = await loadModel(path);
    const outputs = predict(model);
    assert.equal(outputs.length, predictions.length);
    const errors = outputs.map((output, index) => relativeError(output, JSON.parse(predictions[index]!)));
    reportWorst(t, `a model.json of the converter, opened here: ${name}`, Math.max(...errors), 1e-5);
    // Layers that are known to tfjs alone go into no other format.
    const format = name.endsWith('recurrent') ? 'saved/model.json' : 'saved.keras';
    await saveModel(model, join(path, '..', format));
    const saved = await loadModel(join(path, '..', format));
    assert.deepEqual(predict(saved), outputs);
    for (const each of [model, saved]) {
      each.dispose();
      each.optimizer?.dispose();
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });

test('a converted model keeps what Keras said of it: frozen, compiled, its optimizer, the names of its classes', async () => {
  const nested = await loadModel(write('keras3_h5_nested', undefined, 'frozen'));
  assert.deepEqual(
    nested.trainableWeights.map(({ originalName }) => originalName),
    ['head_conv/kernel', 'head_conv/bias', 'top/kernel', 'top/bias'],
  );
  const trained = await loadModel(write('keras3_keras_trained', undefined, 'compiled'));
  assert.equal(trained.loss, 'categoricalCrossentropy');
  assert.equal(trained.optimizer.iterations, 4);
  assert.deepEqual(classNames(trained), ['a', 'b', 'c']);
  const old = await loadModel(write('keras2_h5_trained', undefined, 'old'));
  assert.equal(old.optimizer.getClassName(), 'Adam');
  for (const model of [nested, trained, old]) model.dispose();
});

/** A `model.json` of Keras's whose weights are these, of some `bytes`. */
function written(into: string, topology: unknown, weights: Json[], bytes: Uint8Array, more: Json = {}): string {
  const path = writeTfjs(join(folder, into), { keras_version: '3.0.0', model_config: topology });
  writeFileSync(join(path, '..', 'w.bin'), bytes);
  const json = JSON.parse(readFileSync(path).toString());
  writeFileSync(path, JSON.stringify({ ...json, weightsManifest: [{ paths: ['w.bin'], weights }], ...more }));
  return path;
}

const dense = (units: number) =>
  sequential([
    layer('InputLayer', 'in', { batch_input_shape: [null, 1], dtype: 'float32' }),
    layer('Dense', 'dense', { units, use_bias: false }),
  ]);
const kernel = (units: number, quantization?: unknown, more: Json = {}) => ({
  ...{ name: 'dense/kernel', shape: [1, units], dtype: 'float32' },
  ...(quantization !== undefined && { quantization }),
  ...more,
});

const steps = { min: -0.7, scale: 0.013 };
for (const [dtype, numbers] of [
  ['uint8', Uint8Array.of(0, 1, 54, 254, 255)],
  ['uint16', Uint16Array.of(0, 1, 54, 65534, 65535)],
] as const)
  test(`weights quantized to ${dtype} are steps from the least one, to the last digit`, async () => {
    const weights = [kernel(5, { dtype, ...steps, original_dtype: 'float32' })];
    const model = await loadModel(written(dtype, dense(5), weights, new Uint8Array(numbers.buffer)));
    const expected = Float32Array.from(numbers, (number) => number * steps.scale + steps.min);
    assert.deepEqual(model.getWeights()[0]!.dataSync(), expected);
    model.dispose();
  });

test('weights quantized to float16 are the floats of half the size, the smallest and the endless too', async () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0x3555, 0x7c00);
  const weights = [kernel(7, { dtype: 'float16', original_dtype: 'float32' })];
  const model = await loadModel(written('float16', dense(7), weights, new Uint8Array(halves.buffer)));
  const expected = Float32Array.of(1, -2, 2 ** -24, -0, 65504, 0.333251953125, Number.POSITIVE_INFINITY);
  assert.deepEqual(model.getWeights()[0]!.dataSync(), expected);
  model.dispose();
});

test('weights of whole numbers and of yes and no are read as the floats that a layer has', async () => {
  for (const [dtype, bytes] of [
    ['int32', new Uint8Array(Int32Array.of(-3, 16777216).buffer)],
    ['bool', Uint8Array.of(1, 0)],
  ] as const) {
    const model = await loadModel(written(dtype, dense(2), [kernel(2, undefined, { dtype })], bytes));
    assert.deepEqual([...model.getWeights()[0]!.dataSync()], dtype === 'bool' ? [1, 0] : [-3, 16777216]);
    model.dispose();
  }
});

async function assertRefused(path: string, message: RegExp): Promise<void> {
  const { numTensors } = tf.memory();
  await assert.rejects(loadModel(path), (error: Error) => {
    assert.equal(error.name, 'ModelFileError');
    assert.match(error.message, message);
    return true;
  });
  assert.equal(tf.memory().numTensors, numTensors);
}

for (const [index, [quantization, more]] of (
  [
    [null, {}],
    ['uint8', {}],
    [[], {}],
    [{}, {}],
    [{ dtype: 'uint8' }, {}],
    [{ dtype: 'uint8', min: 0 }, {}],
    [{ dtype: 'uint16', min: '0', scale: 1 }, {}],
    [{ dtype: 'uint16', min: 0, scale: [1] }, {}],
    [{ dtype: 'uint32', ...steps }, {}],
    [{ dtype: 'float32', ...steps }, {}],
    [{ dtype: 'constructor', ...steps }, {}],
    [{ dtype: ['uint8'], ...steps }, {}],
    [{ dtype: 'uint8', ...steps }, { dtype: 'bool' }],
    [{ dtype: 'float16' }, { dtype: 'int32' }],
  ] as const
).entries())
  test(`a model.json whose weights are quantized as ${JSON.stringify(quantization)} is refused, naming them`, () =>
    assertRefused(
      written(`quantized${index}`, dense(4), [kernel(4, quantization, more)], new Uint8Array(16)),
      /the weights "dense\/kernel" are ".*" of shape \[1,4\], quantized as .*Expected uint8 or uint16 with a min and a scale, or float16/,
    ));

test('quantized weights take no more memory than their files justify', async () => {
  for (const [index, shape] of [[1e15], [2 ** 31, 2 ** 31], Array(400).fill(10), [0, 1e15, 1e15]].entries()) {
    const weights = [kernel(4, { dtype: 'uint8', ...steps }), { name: 'more/kernel', shape, dtype: 'float32' }];
    const path = written(`huge${index}`, dense(4), weights, new Uint8Array(4));
    await assertRefused(path, /and the files beside it have 4|more: not in the model/);
  }
});

test('weights of another network are refused, naming each layer', async () => {
  const weights = [kernel(2), { name: 'net/other/kernel', shape: [1], dtype: 'float32' }];
  const message =
    /don't fit the model 'net'[\s\S]*dense\/kernel: expected shape \[1,3\]\. Received: \[1,2\][\s\S]*net\/other: not in the model/;
  await assertRefused(written('another', dense(3), weights, new Uint8Array(12)), message);
  const other = written('other', dense(1), [weights[1]!], new Uint8Array(4));
  await assertRefused(other, /dense: not in the file[\s\S]*net\/other: not in the model/);
  const gap = [0, 2].map((index) => kernel(1, undefined, { name: `layers/dense/vars/${index}`, shape: [1, 1] }));
  const lacking = written('lacking', dense(1), gap, new Uint8Array(8));
  await assertRefused(lacking, /the layer 'layers\/dense': it lacks '1'/);
  const deep = { name: `${'a/'.repeat(60)}kernel`, shape: [], dtype: 'float32' };
  await assertRefused(written('deep', dense(1), [deep], new Uint8Array(4)), /lie more than 50 deep/);
});

test("what only tfjs's words hold, layers and constraints, is read by them, but for what Keras 3 means otherwise", async () => {
  const inputs = layer('InputLayer', 'in', { batch_input_shape: [null, 1], dtype: 'float32' });
  const constrained = { kernel_constraint: { class_name: 'MaxNorm', config: { max_value: 1, axis: 0 } } };
  const settings = { units: 1, use_bias: false, activation: 'hard_sigmoid', ...constrained };
  const policy = { class_name: 'DTypePolicy', config: { name: 'float32' } };
  const weights = [kernel(1)];
  const three = new Uint8Array(Float32Array.of(3).buffer);
  const old = written('constrained', sequential([inputs, layer('Dense', 'dense', settings)]), weights, three);
  const model = await loadModel(old);
  // What a constraint does is for training.
  assert.equal(model.getWeights()[0]!.dataSync()[0], 3);
  assert.equal(
    tf.tidy(() => (model.predict(tf.tensor2d([[0.1]])) as tf.Tensor).dataSync()[0]!.toFixed(6)),
    '0.560000',
  );
  model.dispose();
  const recent = layer('Dense', 'dense', { ...settings, dtype: policy });
  await assertRefused(
    written('otherwise', sequential([inputs, recent]), weights, three),
    /The layer 'dense' \(Dense\) can't be loaded\. Expected its activation to be one that tfjs has as Keras 3/,
  );
});

test('layers of one name in several models get the weights of their own models', async () => {
  const inner = (name: string) => ({
    ...sequential(
      [
        layer('InputLayer', 'in', { batch_input_shape: [null, 1], dtype: 'float32' }),
        layer('Dense', 'dense', { units: 1, use_bias: false }),
      ],
      name,
    ),
  });
  const topology = sequential([inner('a'), inner('b'), inner('c')]);
  // Of the model 'b', Keras has told nothing.
  const weights = ['dense', 'net/c/dense', 'a/dense'].map((name) =>
    kernel(1, undefined, { name: `${name}/kernel`, shape: [1, 1] }),
  );
  const path = written('same', topology, weights, new Uint8Array(Float32Array.of(2, 3, 5).buffer));
  const model = await loadModel(path);
  assert.deepEqual(
    model.getWeights().map((weight) => weight.dataSync()[0]),
    [5, 2, 3],
  );
  model.dispose();
});

test('a graph model is called one, with what to do; so is what has no model', async () => {
  const topology = { node: [{ name: 'x', op: 'Placeholder' }], library: {}, versions: {} };
  for (const [index, format] of [{ format: 'graph-model' }, { format: undefined }].entries()) {
    await assertRefused(
      writeTfjs(join(folder, `graph${index}`), topology, { more: { generatedBy: '2.21.0', signature: {}, ...format } }),
      /it holds a graph model of tfjs.*`tf\.loadGraphModel`.*--output_format=tfjs_layers_model/,
    );
  }
  await assertRefused(
    writeTfjs(join(folder, 'no_model'), null),
    /it holds weights and no model: convert the whole model/,
  );
});

test("a model.json of tfjs's own words is read in them, whatever Keras would say", async () => {
  const warn = mock.method(console, 'warn', () => {});
  // What Keras 3 calls hard_sigmoid is another function.
  const topology = sequential([
    layer('Dense', 'dense', { units: 1, use_bias: false, activation: 'hard_sigmoid', batch_input_shape: [null, 1] }),
  ]);
  for (const [index, more] of [{}, { keras_version: 'tfjs-layers 4.22.0' }].entries()) {
    const path = writeTfjs(
      join(folder, `own${index}`),
      { ...topology, ...more },
      { weights: { 'dense/kernel': [1, 1] } },
    );
    const model = await loadModel(path);
    assert.deepEqual(
      tf.tidy(() => (model.predict(tf.ones([1, 1])) as tf.Tensor).dataSync()[0]!.toFixed(6)),
      '0.700000',
    );
    model.dispose();
  }
  assert.equal(warn.mock.callCount(), 0);
  warn.mock.restore();
});
