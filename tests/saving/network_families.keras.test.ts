import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModel, saveModel } from '../../src/models';
import * as tf from '../../src/tf';
import { innerLayers } from '../../src/tfjs/layer_paths';
import { formatSummary } from '../../src/tfjs/summary';
import { kerasCommand } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';

interface Described {
  predictions: number[];
  flags: Record<string, boolean>;
  trainable: number;
  params: number;
}

const FAMILIES = [
  ...['Xception', 'ResNet50', 'ResNet50V2', 'MobileNet', 'MobileNetV2', 'EfficientNetB0', 'DenseNet121'],
  ...['InceptionV3', 'MobileNetV3Small', 'EfficientNetV2B0', 'ConvNeXtTiny'],
  'convolutions',
  'stacked',
];

/** What Keras computes by operations, which its summaries leave out, Thaw does by layers. */
const WITH_OPERATIONS = ['MobileNetV3Small', 'ConvNeXtTiny'];

const folder = mkdtempSync(join(tmpdir(), 'thaw-families-'));
const file = (name: string) => join(folder, name);
const json = (name: string) => JSON.parse(readFileSync(file(`${name}.json`)).toString());
let python: ChildProcess;
let complaints = '';
let saved: {
  models: Record<string, Described & { pictures: number[]; summary: string }>;
  refused: [layer: string, word: string][];
  numbers: number[];
  normalized: { scale: boolean; center: boolean; values: number[] }[];
};

const numbers = () => tf.tensor(saved.numbers, [2, 4]);

function inputsOf(name: string, model: tf.LayersModel): tf.Tensor | tf.Tensor[] {
  const [, ...sizes] = model.inputs.at(-1)!.shape as number[];
  const pictures = tf.tensor(saved.models[name]!.pictures, [2, ...sizes]);
  return name === 'convolutions' ? [numbers(), pictures] : pictures;
}

function flagsOf(model: tf.LayersModel, path = ''): Record<string, boolean> {
  const layers = innerLayers(model)!.filter((layer) => layer.getClassName() !== 'InputLayer');
  const found = layers.map((layer) => [
    [`${path}${layer.name}`, layer.trainable],
    ...('layers' in layer ? Object.entries(flagsOf(layer as tf.LayersModel, `${path}${layer.name}/`)) : []),
  ]);
  return Object.fromEntries(found.flat());
}

function describe(name: string, model: tf.LayersModel): Described {
  const predictions = tf.tidy(() => {
    const outputs = [model.predict(inputsOf(name, model))].flat();
    return outputs.flatMap((output) => Array.from(output.dataSync()));
  });
  const counts = model.trainableWeights.map(({ shape }) => tf.util.sizeFromShape(shape as number[]));
  const trainable = counts.reduce((sum, count) => sum + count, 0);
  return { predictions, flags: flagsOf(model), trainable, params: model.countParams() };
}

/** How far the predictions of a model are from what they should be; all else is to be the same. */
function compare(actual: Described, expected: Described): number {
  const rest = ({ flags, trainable, params }: Described) => ({ flags, trainable, params });
  assert.deepEqual(rest(actual), rest(expected));
  return relativeError(actual.predictions, expected.predictions);
}

/** Keras counts a Normalization's samples in 8 bytes, tfjs in 4. */
const withoutBytes = (summary: string) => summary.replace(/\([\d.]+ [KM]?B\)/g, '');

before(async () => {
  python = spawn(...kerasCommand(join(__dirname, 'network_families_keras.py'), folder), { stdio: 'pipe' });
  python.stderr!.on('data', (text) => {
    complaints += text;
  });
  // It says that all is saved, or ends.
  await Promise.race([once(python.stdout!, 'data'), once(python, 'exit')]);
  assert.equal(python.exitCode, null, complaints);
  saved = json('saved');
});
after(() => {
  python.kill();
  rmSync(folder, { recursive: true });
});

for (const name of FAMILIES) {
  test(`loadModel() opens ${name} as Python Keras saved it`, async (t) => {
    const start = performance.now();
    const model = await loadModel(file(`python_${name}.keras`));
    t.diagnostic(`${name}: ${model.layers.length} layers loaded in ${Math.round(performance.now() - start)} ms`);
    const worst = compare(describe(name, model), saved.models[name]!);
    await saveModel(model, file(`thaw_${name}.keras`));
    if (!WITH_OPERATIONS.includes(name)) {
      assert.equal(withoutBytes(formatSummary(model)), withoutBytes(saved.models[name]!.summary));
    }
    model.dispose();
    reportWorst(t, `${name}, saved by Keras, opened here`, worst, 1e-4);
  });
}

for (const name of ['convolutions', 'stacked', 'ConvNeXtTiny']) {
  test(`loadModel() opens ${name} as Python Keras saved it in the legacy .h5`, async (t) => {
    const model = await loadModel(file(`python_${name}.h5`));
    const worst = compare(describe(name, model), saved.models[name]!);
    model.dispose();
    reportWorst(t, `${name}, saved by Keras as .h5, opened here`, worst, 1e-4);
  });
}

test('BatchNormalization without scale or centre trains as in Python Keras', (t) => {
  assert.equal(saved.normalized.length, 3);
  for (const { scale, center, values } of saved.normalized) {
    const layer = tf.layers.batchNormalization({ scale, center, momentum: 0.9, inputShape: [4] });
    const outputs = layer.apply(numbers(), { training: true }) as tf.Tensor;
    const actual = [outputs, ...layer.getWeights().slice(-2)].flatMap((tensor) => Array.from(tensor.dataSync()));
    reportWorst(t, `BatchNormalization, scale ${scale}, center ${center}`, relativeError(actual, values), 1e-5);
  }
});

test('loadModel() names the layer that tfjs has no match for', async () => {
  assert.equal(saved.refused.length, 10);
  for (const [layer, word] of saved.refused) {
    const before = tf.memory().numTensors;
    await assert.rejects(loadModel(file(`refused_${layer}.keras`)), (error: Error) => {
      assert.ok(error.message.includes(`'${layer}'`) && error.message.includes(word), error.message);
      return true;
    });
    assert.equal(tf.memory().numTensors, before, layer);
  }
});

test('Python Keras opens them all as Thaw saved them', async (t) => {
  python.stdin!.end('\n');
  const [status] = await once(python, 'exit');
  assert.equal(status, 0, complaints);
  const opened: Record<string, Described> = json('opened');
  for (const name of FAMILIES) {
    const worst = compare(opened[name]!, saved.models[name]!);
    reportWorst(t, `${name}, saved here, opened by Keras`, worst, 1e-4);
  }
});
