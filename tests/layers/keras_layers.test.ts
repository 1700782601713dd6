import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as layers from '../../src/layers';
import { loadModel, saveModel } from '../../src/models';
import * as tf from '../../src/tf';
import { setRandomSeed } from '../../src/utils';
import { relativeError } from '../support/parity';

const folder = mkdtempSync(join(tmpdir(), 'thaw-layers-'));
after(() => rmSync(folder, { recursive: true }));

type Layer = tf.layers.Layer;

/** A layer for maps [8, 7, 4] with its weights at random, as a model. */
function alone(layer: Layer): tf.LayersModel {
  const inputs = tf.input({ shape: [8, 7, 4] });
  const model = tf.model({ inputs, outputs: layer.apply(inputs) as tf.SymbolicTensor });
  tf.tidy(() => model.setWeights(model.weights.map(({ shape }) => tf.randomUniform(shape as number[], 0.1, 1))));
  return model;
}

const maps = () => tf.randomUniform([2, 8, 7, 4], -1, 1, 'float32', 1);

/** What tfjs by itself has in a model.json for each layer. */
const inTfjs: [layer: () => Layer, className: string][] = [
  [() => layers.centerCrop({ height: 4, width: 5 }), 'Cropping2D'],
  [() => layers.conv2d({ filters: 2, kernelSize: 3 }), 'Conv2D'],
  [() => layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }), 'Conv2DTranspose'],
  [() => layers.reLU({ maxValue: 0.5 }), 'ReLU'],
  [() => tf.layers.reLU({ maxValue: 0.5 }), 'ReLU'],
  [() => layers.reLU({ negativeSlope: 0.2 }), 'LeakyReLU'],
  [() => layers.reLU({ threshold: 0.2 }), 'ThresholdedReLU'],
  [() => layers.spatialDropout2d({ rate: 0.5 }), 'Dropout'],
  [() => layers.stochasticDepth({ dropPathRate: 0.5 }), 'Activation'],
  [() => layers.upSampling2d(), 'UpSampling2D'],
  [() => tf.layers.prelu({ sharedAxes: [1, 2] }), 'PReLU'],
  [() => tf.layers.layerNormalization({ axis: [-1, 1] }), 'LayerNormalization'],
  [() => tf.layers.gaussianNoise({ stddev: 0.5 }), 'GaussianNoise'],
];

for (const [make, className] of inTfjs)
  test(`a model.json has ${className} for ${make().getClassName()}, and Thaw reads what it was`, async () => {
    const model = alone(make());
    const path = join(folder, 'model.json');
    await saveModel(model, path);
    const { modelTopology } = JSON.parse(readFileSync(path).toString());
    assert.equal(modelTopology.config.layers[1].class_name, className);
    const byTfjs = await tf.loadLayersModel(`file://${path}`);
    const byThaw = await loadModel(path);
    assert.equal(byThaw.layers[1]!.getClassName(), model.layers[1]!.getClassName());
    const { name: _, ...config } = model.layers[1]!.getConfig();
    const { name: __, ...read } = byThaw.layers[1]!.getConfig();
    assert.deepEqual(read, config);
    tf.tidy(() => {
      const [expected, ...others] = [model, byTfjs, byThaw].map((each) =>
        (each.predict(maps()) as tf.Tensor).dataSync(),
      );
      for (const other of others) assert.ok(relativeError(other!, expected!) < 1e-6);
    });
    for (const each of [model, byTfjs, byThaw]) each.dispose();
  });

/** Layers for which tfjs by itself has nothing. */
const notInTfjs: Layer[] = [
  layers.centerCrop({ name: 'odd', height: 12, width: 12 }),
  layers.conv2d({ name: 'odd', filters: 4, kernelSize: 3, groups: 2 }),
  layers.conv2dTranspose({ name: 'odd', filters: 2, kernelSize: 3, dilationRate: 2 }),
  layers.conv2dTranspose({ name: 'odd', filters: 2, kernelSize: 3, strides: 2, outputPadding: 1 }),
  layers.groupNormalization({ name: 'odd', groups: 2 }),
  layers.layerScale({ name: 'odd', initValues: 1, projectionDim: 4 }),
  layers.reLU({ name: 'odd', maxValue: 1, threshold: 0.2 }),
  layers.resizing({ name: 'odd', height: 4, width: 4 }),
  layers.upSampling2d({ name: 'odd', interpolation: 'bilinear' }),
  tf.layers.depthwiseConv2d({ name: 'odd', kernelSize: 3, dilationRate: 2 }),
];

for (const layer of notInTfjs)
  test(`a model.json can't hold a ${layer.getClassName()} that tfjs lacks: the error names it`, async () => {
    const model = alone(layer);
    await assert.rejects(
      saveModel(model, join(folder, 'none', 'model.json')),
      new RegExp(
        `The layer 'odd' \\(${layer.getClassName()}\\) .*tfjs by itself has nothing. Save the model as .keras`,
      ),
    );
    model.dispose();
  });

test('layers say what is wrong with their arguments', () => {
  const inputs = () => tf.input({ shape: [8, 7, 4] });
  assert.throws(
    () => layers.resizing({ height: 0, width: 4, name: 'r' }),
    /'r' to have a height and a width.*height=0/,
  );
  assert.throws(
    () => layers.resizing({ height: 4, width: 4, cropToAspectRatio: true, padToAspectRatio: true, name: 'r' }),
    /'r' to have cropToAspectRatio or padToAspectRatio. Received: both/,
  );
  assert.throws(() => layers.upSampling2d({ size: 0 }), /`size` to be one or two whole numbers. Received: size=0/);
  assert.throws(() => layers.reLU({ negativeSlope: -1, name: 'r' }), /negativeSlope of the layer 'r'.*Received: -1/);
  assert.throws(
    () => layers.conv2d({ filters: 4, kernelSize: 1, groups: 3, name: 'c' }),
    /filters of the layer 'c' to be a multiple of its groups. Received: groups=3, filters=4/,
  );
  assert.throws(
    () => layers.conv2d({ filters: 3, kernelSize: 1, groups: 3, name: 'c' }).apply(inputs()),
    /channels of the layer 'c' to be a multiple of its groups. Received: groups=3, channels=4/,
  );
  assert.throws(() => layers.groupNormalization({ name: 'g' }).apply(inputs()), /channels of the layer 'g'.*groups=32/);
  const misspelt = { rate: 0.5, seeds: 1 };
  assert.throws(() => layers.spatialDropout2d(misspelt), /SpatialDropout2D.*Received: seeds/);
});

test('a saved layer that expects the channels first is refused by name', () => {
  const first = { name: 'saved', dataFormat: 'channelsFirst' as const };
  const window = { filters: 4, kernelSize: 1 };
  for (const make of [
    () => layers.centerCrop({ ...first, height: 1, width: 1 }),
    () => layers.conv2d({ ...first, ...window, groups: 2 }),
    () => layers.conv2dTranspose({ ...first, ...window }),
    () => layers.resizing({ ...first, height: 1, width: 1 }),
    () => layers.spatialDropout2d({ ...first, rate: 0.5 }),
    () => layers.upSampling2d(first),
  ]) {
    assert.throws(make, /'saved' takes channels last only\. Received: dataFormat=channelsFirst/);
  }
  layers.conv2d({ ...first, ...window });
});

test('noise and dropped channels come in training alone, drawn from Math.random', () => {
  const random = Math.random;
  setRandomSeed(1);
  const made = [
    layers.spatialDropout2d({ rate: 0.5 }),
    layers.stochasticDepth({ dropPathRate: 0.5 }),
    tf.layers.gaussianNoise({ stddev: 1 }),
  ];
  const numTensors = tf.memory().numTensors;
  for (const layer of made) {
    tf.tidy(() => {
      const input = tf.ones([64, 2, 2, 8]);
      const values = (training: boolean) =>
        (layer.apply(input, { training }) as tf.Tensor).arraySync() as number[][][][];
      assert.deepEqual(values(false), input.arraySync());
      const drawn = values(true);
      const all = drawn.flat(3);
      const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
      assert.ok(Math.abs(mean - 1) < 0.5 && new Set(all).size > 1, layer.name);
      if (layer.getClassName() === 'GaussianNoise') return;
      // Whole maps, or whole samples.
      const parts = layer.getClassName() === 'SpatialDropout2D' ? [0, 1] : [0, 0];
      for (const sample of drawn) {
        const channel = (index: number) => sample.flat().map((pixel) => pixel[index]!);
        for (const index of parts) assert.equal(new Set(channel(index)).size, 1);
      }
    });
  }
  assert.equal(tf.memory().numTensors, numTensors);
  Math.random = random;
});
