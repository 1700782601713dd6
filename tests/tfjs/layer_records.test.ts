import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as layers from '../../src/layers';
import * as tf from '../../src/tf';
import { layerClasses, layerRecord } from '../../src/tfjs/layer_records';
import { relativeError } from '../support/parity';

const classesOf = (names: string[]) => names.map((name) => name.toLowerCase()).sort();

test('each layer of Thaw has a class, a factory and a record', () => {
  const { BaseRandomLayer, ...others } = layers;
  const exported = Object.entries(others);
  const made = exported.filter(([, value]) => value.prototype instanceof tf.layers.Layer).map(([name]) => name);
  const factories = exported.map(([name]) => name).filter((name) => !made.includes(name));
  assert.ok(made.length >= 9 && BaseRandomLayer);
  assert.deepEqual(classesOf(factories), classesOf(made));
  assert.deepEqual(
    made.filter((name) => !layerRecord(name)?.keras),
    [],
  );
});

test("each layer of tfjs's own has a record", () => {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const names = Object.entries(classNameMap)
    .filter(([, [{ prototype }]]) => prototype instanceof tf.layers.Layer)
    .map(([name]) => name)
    .filter((name) => !['Functional', 'Model', 'Sequential'].includes(name));
  assert.ok(names.length > 60);
  assert.deepEqual(
    names.filter((name) => !layerRecord(name)),
    [],
  );
});

const { layers: stock } = tf;
/** One of each class that predicts in one graph; where it takes several inputs, `merge` says so. */
const examples: Record<string, tf.layers.Layer[]> = {
  Activation: [stock.activation({ activation: 'swish' }), stock.activation({ activation: 'softmax' })],
  Add: [stock.add()],
  AlphaDropout: [stock.alphaDropout({ rate: 0.5 })],
  Average: [stock.average()],
  AveragePooling2D: [stock.averagePooling2d({ poolSize: 2, padding: 'same' })],
  BatchNormalization: [stock.batchNormalization(), stock.batchNormalization({ center: false, scale: false })],
  CenterCrop: [layers.centerCrop({ height: 4, width: 3 }), layers.centerCrop({ height: 9, width: 3 })],
  Concatenate: [stock.concatenate({ axis: 2 })],
  Conv2D: [
    stock.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2 }),
    layers.conv2d({ filters: 4, kernelSize: 3, groups: 2 }),
    layers.conv2d({ filters: 8, kernelSize: 3, groups: 4 }),
  ],
  Conv2DTranspose: [
    layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', outputPadding: 1 }),
    layers.conv2dTranspose({ filters: 2, kernelSize: 3, dilationRate: 2 }),
  ],
  Cropping2D: [
    stock.cropping2D({
      cropping: [
        [1, 2],
        [0, 3],
      ],
    }),
  ],
  Dense: [stock.dense({ units: 3, activation: 'softmax' })],
  DepthwiseConv2D: [
    stock.depthwiseConv2d({ kernelSize: 3, strides: 2, depthMultiplier: 2 }),
    stock.depthwiseConv2d({ kernelSize: 3, dilationRate: 2 }),
  ],
  Dropout: [stock.dropout({ rate: 0.5, seed: 1 })],
  ELU: [stock.elu()],
  Flatten: [stock.flatten()],
  GaussianDropout: [stock.gaussianDropout({ rate: 0.5 })],
  GaussianNoise: [stock.gaussianNoise({ stddev: 0.5 })],
  GlobalAveragePooling2D: [stock.globalAveragePooling2d({}), layers.globalAveragePooling2d({ keepdims: true })],
  GlobalMaxPooling2D: [stock.globalMaxPooling2d({}), layers.globalMaxPooling2d({ keepdims: true })],
  GroupNormalization: [layers.groupNormalization({ groups: 2 })],
  InputLayer: [stock.activation({ activation: 'linear' })],
  LayerNormalization: [stock.layerNormalization(), stock.layerNormalization({ axis: [1, 3] })],
  LayerScale: [layers.layerScale({ initValues: 1, projectionDim: 4 })],
  LeakyReLU: [stock.leakyReLU({ alpha: 0.2 })],
  MaxPooling2D: [stock.maxPooling2d({ poolSize: 3, strides: 1 })],
  Maximum: [stock.maximum()],
  Minimum: [stock.minimum()],
  Multiply: [stock.multiply()],
  Normalization: [layers.normalization(), layers.normalization({ axis: null, mean: 0.3, variance: 2 })],
  PReLU: [stock.prelu(), stock.prelu({ sharedAxes: [1, 2] })],
  Permute: [stock.permute({ dims: [3, 1, 2] })],
  RandomBrightness: [layers.randomBrightness({ factor: 0.2 })],
  RandomContrast: [layers.randomContrast({ factor: 0.2 })],
  RandomFlip: [layers.randomFlip()],
  RandomRotation: [layers.randomRotation({ factor: 0.2 })],
  RandomTranslation: [layers.randomTranslation({ heightFactor: 0.2, widthFactor: 0.2 })],
  RandomZoom: [layers.randomZoom({ heightFactor: 0.2 })],
  ReLU: [
    stock.reLU({ maxValue: 0.3 }),
    stock.reLU(),
    layers.reLU({ maxValue: 0.3, threshold: 0.1, negativeSlope: 0.2 }),
  ],
  Rescaling: [stock.rescaling({ scale: 1 / 127.5, offset: -1 })],
  Reshape: [stock.reshape({ targetShape: [-1, 2] })],
  Resizing: [
    layers.resizing({ height: 4, width: 8 }),
    layers.resizing({ height: 4, width: 9, interpolation: 'lanczos3', cropToAspectRatio: true, antialias: true }),
  ],
  SeparableConv2D: [stock.separableConv2d({ filters: 2, kernelSize: 3, dilationRate: 2 })],
  Softmax: [stock.softmax({ axis: -1 })],
  SpatialDropout2D: [layers.spatialDropout2d({ rate: 0.5 })],
  StochasticDepth: [layers.stochasticDepth({ dropPathRate: 0.5 })],
  UpSampling2D: [layers.upSampling2d(), layers.upSampling2d({ size: [1, 3], interpolation: 'bicubic' })],
  ZeroPadding2D: [stock.zeroPadding2d({ padding: 1 })],
};
const MERGING = ['Add', 'Average', 'Concatenate', 'Maximum', 'Minimum', 'Multiply'];

/** A convolution and then the layer, its weights drawn at random. */
function afterConvolution(layer: tf.layers.Layer): tf.LayersModel {
  const inputs = tf.input({ shape: [8, 8, 3] });
  const convolution = stock.conv2d({ filters: 4, kernelSize: 3 }).apply(inputs) as tf.SymbolicTensor;
  const second = () => stock.activation({ activation: 'relu' }).apply(convolution) as tf.SymbolicTensor;
  const outputs = layer.apply(MERGING.includes(layer.getClassName()) ? [convolution, second()] : convolution);
  const model = tf.model({ inputs, outputs: outputs as tf.SymbolicTensor });
  tf.tidy(() => {
    const weights = model.weights.map(({ shape }, seed) => {
      const least = shape.length > 1 ? -0.5 : 0.1;
      return tf.randomUniform(shape as number[], least, 1, 'float32', seed);
    });
    model.setWeights(weights);
  });
  return model;
}

test('there is an example of each layer that predicts in one graph', () => {
  const inOneGraph = layerClasses().filter((name) => layerRecord(name)!.oneGraph);
  assert.deepEqual(Object.keys(examples).sort(), inOneGraph);
});

for (const [name, made] of Object.entries(examples))
  test(`one graph predicts what the operations one by one give: ${name}`, () => {
    const graphs = () => tf.nodeBackend().binding.getNumOfSavedModels();
    for (const layer of made) {
      const [model, before] = [afterConvolution(layer), graphs()];
      const numTensors = tf.memory().numTensors;
      for (const count of [3, 2]) {
        tf.tidy(() => {
          const pictures = tf.randomUniform([count, 8, 8, 3], -1, 1, 'float32', count);
          const expected = model.apply(pictures, { training: false }) as tf.Tensor;
          const actual = model.predict(pictures) as tf.Tensor;
          assert.deepEqual(actual.shape, expected.shape);
          assert.ok(relativeError(actual.dataSync(), expected.dataSync()) <= 1e-6);
        });
      }
      assert.ok(graphs() > before, 'it was no graph');
      assert.equal(tf.memory().numTensors, numTensors);
      model.dispose();
    }
  });
