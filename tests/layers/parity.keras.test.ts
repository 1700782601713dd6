import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { vgg16 } from '../../src/applications/vgg';
import * as layers from '../../src/layers';
import { loadModel } from '../../src/saving/load_model';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import { readFloats, runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import { smoothPictures, worstDifference } from './pictures';

const folder = mkdtempSync(join(tmpdir(), 'thaw-layers-'));
after(() => rmSync(folder, { recursive: true }));

const [height, width] = [90, 120];
const smooth = smoothPictures(4, height, width);
// Noise upon it, so that a pixel taken from the neighbouring place would show.
const pictures = tf.tidy(() => smooth.add(tf.randomUniform(smooth.shape, -40, 40, 'float32', 1))) as tf.Tensor4D;

/** A layer with what it is to draw for each of the four pictures: here, and in Keras's words. */
interface Step {
  transform: (images: tf.Tensor4D) => tf.Tensor4D;
  layer: string;
  config: object;
  draws: unknown[];
}

function step<T>(layer: layers.BaseRandomLayer<T>, config: object, draws: T[]): Step {
  const transform = (images: tf.Tensor4D) => layer.transformImages(images, draws);
  return { transform, layer: layer.getClassName(), config, draws };
}

const flips = [true, false, true, false];
const angles = [36, -36, 12.5, 170];
// No round numbers: halfway between two pixels, the last bit would decide which is the nearest.
const zooms = [
  { heightZoom: 0.7919, widthZoom: 0.7919 },
  { heightZoom: 1.2173, widthZoom: 1.2173 },
  { heightZoom: 0.9341, widthZoom: 1.5731 },
  { heightZoom: 1.9043, widthZoom: 0.3137 },
];
const translations = [
  { heightTranslate: 0.2, widthTranslate: -0.1 },
  { heightTranslate: -0.33, widthTranslate: 0.27 },
  { heightTranslate: 0.017, widthTranslate: 0.009 },
  { heightTranslate: -1, widthTranslate: 0 },
];

const cases: Record<string, Step> = {};
for (const [mode, inKeras] of [
  ['horizontal', 'horizontal'],
  ['vertical', 'vertical'],
  ['horizontalAndVertical', 'horizontal_and_vertical'],
] as const)
  cases[`flip ${inKeras}`] = step(layers.randomFlip({ mode }), { mode: inKeras }, flips);
for (const fillMode of ['reflect', 'wrap', 'constant', 'nearest'] as const)
  for (const interpolation of ['bilinear', 'nearest'] as const) {
    const settings = { fillMode, interpolation, fillValue: 9 };
    const config = { fill_mode: fillMode, interpolation, fill_value: 9 };
    const factors = { heightFactor: 1, widthFactor: 1 };
    const inKeras = { ...config, height_factor: 1, width_factor: 1 };
    const name = `${fillMode} ${interpolation}`;
    cases[`rotation ${name}`] = step(
      layers.randomRotation({ factor: 1, ...settings }),
      { ...config, factor: 1 },
      angles,
    );
    cases[`zoom ${name}`] = step(layers.randomZoom({ ...factors, ...settings }), inKeras, zooms);
    cases[`translation ${name}`] = step(layers.randomTranslation({ ...factors, ...settings }), inKeras, translations);
  }
cases.contrast = step(layers.randomContrast({ factor: 1 }), { factor: 1 }, [0.8, 1.2, 0, 2]);
cases['contrast of levels up to 180'] = step(
  layers.randomContrast({ factor: 1, valueRange: [20, 180] }),
  { factor: 1, value_range: [20, 180] },
  [1.5, 1, 0.3, 2],
);
cases.brightness = step(layers.randomBrightness({ factor: 1 }), { factor: 1 }, [0.2, -0.2, 1, -1]);
cases['brightness of levels up to 180'] = step(
  layers.randomBrightness({ factor: 1, valueRange: [20, 180] }),
  { factor: 1, value_range: [20, 180] },
  [0.2, -0.3, 0, 0.9],
);

/** The augmentation of the chapter and all else that is random, before a small network. */
function augmented(name: string): tf.LayersModel {
  const inputs = tf.input({ shape: [height, width, 3] });
  const nested = tf.sequential({
    name: `${name}_augmentation`,
    layers: [
      layers.randomFlip({ mode: 'horizontal', inputShape: [height, width, 3] }),
      layers.randomRotation({ factor: 0.1 }),
      layers.randomZoom({ heightFactor: 0.2, seed: 3 }),
    ],
  });
  let x = nested.apply(inputs) as tf.SymbolicTensor;
  for (const layer of [
    layers.randomFlip({ seed: 7 }),
    layers.randomTranslation({ heightFactor: [-0.1, 0.3], widthFactor: 0.2, fillMode: 'constant', fillValue: 7 }),
    layers.randomContrast({ factor: 0.2 }),
    layers.randomBrightness({ factor: 0.1, valueRange: [0, 300] }),
  ])
    x = layer.apply(x) as tf.SymbolicTensor;
  x = vgg16.preprocessInput(x);
  x = tf.layers.conv2d({ filters: 4, kernelSize: 3 }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.globalAveragePooling2d({}).apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs: tf.layers.dense({ units: 1 }).apply(x) as tf.SymbolicTensor, name });
}

const model = augmented('thaw');
const floats = (name: string, shape: number[]) => tf.tensor(readFloats(join(folder, `${name}.f32`)), shape);

before(async () => {
  writeFileSync(join(folder, 'pictures.f32'), pictures.dataSync());
  const question = { shape: pictures.shape, cases, models: ['thaw'] };
  writeFileSync(join(folder, 'question.json'), JSON.stringify(question));
  await saveModel(model, join(folder, 'thaw.keras'));
  runKeras(join(__dirname, 'layers_keras.py'), folder);
});

for (const layer of new Set(Object.values(cases).map(({ layer }) => layer)))
  test(`${layer} changes pictures as Python Keras does with the same draws`, (t) => {
    const tensors = tf.memory().numTensors;
    const errors = Object.entries(cases)
      .filter(([, step]) => step.layer === layer)
      .map(([name, { transform }]) =>
        tf.tidy(() => {
          const actual = transform(pictures);
          assert.ok(worstDifference(actual, pictures) > 10, `${name} was to change the pictures`);
          const worst = worstDifference(actual, floats(name, pictures.shape));
          assert.ok(worst <= 0.05, `${name}: ${worst} levels`);
          return worst;
        }),
      );
    reportWorst(t, layer, Math.max(...errors), 0.05, `levels, ${errors.length} settings`);
    assert.equal(tf.memory().numTensors, tensors);
  });

test('saveModel() writes random layers that Python Keras opens without being told of them', (t) => {
  const opened: { class: string; trainable: boolean; config: Record<string, unknown> }[] = JSON.parse(
    readFileSync(join(folder, 'opened.json'), 'utf8'),
  ).thaw;
  const config = (className: string) => opened.filter((layer) => layer.class === className).map(({ config }) => config);
  const has = (className: string, index: number, expected: Record<string, unknown>) => {
    const actual = config(className)[index]!;
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(actual[key], value, `${className} ${key}`);
  };
  const fill = { fill_mode: 'reflect', interpolation: 'bilinear', fill_value: 0 };
  has('RandomFlip', 0, { mode: 'horizontal', seed: null, data_format: 'channels_last' });
  has('RandomFlip', 1, { mode: 'horizontal_and_vertical', seed: 7 });
  has('RandomRotation', 0, { factor: [-0.1, 0.1], seed: null, ...fill });
  has('RandomZoom', 0, { height_factor: 0.2, width_factor: null, seed: 3, ...fill });
  has('RandomTranslation', 0, { height_factor: [-0.1, 0.3], width_factor: 0.2, fill_mode: 'constant', fill_value: 7 });
  has('RandomContrast', 0, { factor: [0.2, 0.2], value_range: [0, 255] });
  has('RandomBrightness', 0, { factor: [-0.1, 0.1], value_range: [0, 300] });
  assert.deepEqual(
    opened.filter((layer) => layer.class === 'Conv2D').map(({ trainable }) => trainable),
    [false, true],
  );
  tf.tidy(() => {
    const predicted = model.predict(pictures) as tf.Tensor;
    const error = relativeError(predicted.dataSync(), floats('thaw', [4, 1]).dataSync());
    reportWorst(t, 'random layers before a network, opened by Keras', error, 1e-4);
  });
});

test('loadModel() opens random layers saved by Python Keras, called with training=True too', async (t) => {
  const loaded = await loadModel(join(folder, 'python.keras'));
  const nested = (loaded.layers.find((layer) => 'layers' in layer) as tf.LayersModel).layers;
  const config = (className: string) => {
    const layer = [...loaded.layers, ...nested].find((layer) => layer.getClassName() === className);
    const { name, trainable, dtype, batchInputShape, ...rest } = layer!.getConfig();
    return rest;
  };
  const fill = { fillMode: 'reflect', interpolation: 'bilinear', fillValue: 0 };
  assert.deepEqual(config('RandomFlip'), { mode: 'horizontal', seed: null });
  assert.deepEqual(config('RandomRotation'), { factor: [-0.1, 0.1], seed: null, ...fill });
  assert.deepEqual(config('RandomZoom'), { heightFactor: 0.2, widthFactor: null, seed: 3, ...fill });
  assert.deepEqual(config('RandomTranslation'), {
    ...{ heightFactor: [-0.1, 0.3], widthFactor: 0.2, seed: null },
    ...{ fillMode: 'constant', interpolation: 'nearest', fillValue: 7 },
  });
  assert.deepEqual(config('RandomContrast'), { factor: [0, 0.2], valueRange: [0, 255], seed: 4 });
  assert.deepEqual(config('RandomBrightness'), { factor: [-0.1, 0.1], valueRange: [0, 300], seed: null });
  tf.tidy(() => {
    const predicted = loaded.predict(pictures) as tf.Tensor;
    const error = relativeError(predicted.dataSync(), floats('python', [4, 1]).dataSync());
    reportWorst(t, 'random layers before a network, saved by Keras', error, 1e-4);
  });
  loaded.dispose();
});

test('a model with random layers survives toJSON() and modelFromJSON()', async () => {
  const json = model.toJSON(null, false) as Parameters<typeof tf.models.modelFromJSON>[0];
  const copy = await tf.models.modelFromJSON(JSON.parse(JSON.stringify(json)));
  assert.deepEqual(copy.toJSON(null, false), json);
  copy.dispose();
});
