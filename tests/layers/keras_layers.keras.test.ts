import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModel, loadWeights, saveModel } from '../../src/models';
import * as tf from '../../src/tf';
import { kerasCommand } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';

/** A layer in Keras's words, in a small model after a convolution. */
interface Case {
  layer: string;
  config: object;
  /** The shape of the pictures. */
  shape?: number[];
  /** Whether no step of training can be compared: it draws at random, or Keras can't derive it. */
  untrained?: boolean;
}

const activations = [
  ...['celu', 'elu', 'exponential', 'gelu', 'hard_shrink', 'hard_sigmoid', 'hard_silu', 'hard_swish', 'hard_tanh'],
  ...['leaky_relu', 'linear', 'log_sigmoid', 'log_softmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', 'silu'],
  ...['soft_shrink', 'softmax', 'softplus', 'softsign', 'sparse_plus', 'sparse_sigmoid', 'squareplus', 'swish', 'tanh'],
  'tanh_shrink',
];

function resizing(config: object): Case {
  return { layer: 'Resizing', config: { height: 4, width: 6, ...config } };
}

const cases: Record<string, Case> = {
  ...Object.fromEntries(activations.map((activation) => [activation, { layer: 'Activation', config: { activation } }])),
  conv_hard_silu: { layer: 'Conv2D', config: { filters: 3, kernel_size: 3, activation: 'hard_silu' } },
  grouped: { layer: 'Conv2D', config: { filters: 6, kernel_size: 3, groups: 2, strides: 2, activation: 'relu' } },
  grouped_dilated: { layer: 'Conv2D', config: { filters: 8, kernel_size: 3, groups: 4, dilation_rate: [2, 1] } },
  grouped_stepping: { layer: 'Conv2D', config: { filters: 8, kernel_size: 3, groups: 4, strides: [1, 2] } },
  grouped_by_two: {
    layer: 'Conv2D',
    config: { filters: 4, kernel_size: 2, groups: 2, dilation_rate: 2, padding: 'same', use_bias: false },
  },
  conv_dilated: { layer: 'Conv2D', config: { filters: 3, kernel_size: 3, dilation_rate: [2, 1], activation: 'relu' } },
  depthwise: {
    layer: 'DepthwiseConv2D',
    config: { kernel_size: [2, 3], depth_multiplier: 2, strides: 2, padding: 'same', activation: 'tanh' },
  },
  depthwise_dilated: {
    layer: 'DepthwiseConv2D',
    config: { kernel_size: 3, depth_multiplier: 3, dilation_rate: 2, padding: 'same', use_bias: false },
  },
  transpose: { layer: 'Conv2DTranspose', config: { filters: 3, kernel_size: 3, strides: 2, activation: 'relu' } },
  transpose_same: {
    layer: 'Conv2DTranspose',
    config: { filters: 3, kernel_size: 4, strides: [3, 2], padding: 'same' },
  },
  transpose_wide: { layer: 'Conv2DTranspose', config: { filters: 2, kernel_size: 2, strides: 3, use_bias: false } },
  transpose_padded: {
    layer: 'Conv2DTranspose',
    config: { filters: 3, kernel_size: 3, strides: 2, padding: 'same', output_padding: 1 },
  },
  transpose_padded_valid: {
    layer: 'Conv2DTranspose',
    config: { filters: 3, kernel_size: [3, 2], strides: 2, output_padding: [1, 0] },
  },
  transpose_unpadded: {
    layer: 'Conv2DTranspose',
    config: { filters: 3, kernel_size: 3, strides: 2, padding: 'same', output_padding: 0 },
  },
  transpose_dilated: { layer: 'Conv2DTranspose', config: { filters: 2, kernel_size: 3, dilation_rate: 2 } },
  transpose_dilated_same: {
    layer: 'Conv2DTranspose',
    config: { filters: 2, kernel_size: 3, dilation_rate: [2, 3], padding: 'same' },
  },
  relu: { layer: 'ReLU', config: {} },
  relu_6: { layer: 'ReLU', config: { max_value: 6 } },
  relu_sloping: { layer: 'ReLU', config: { negative_slope: 0.3 } },
  relu_above: { layer: 'ReLU', config: { threshold: 0.5 } },
  relu_all: { layer: 'ReLU', config: { max_value: 2, negative_slope: 0.3, threshold: 0.5 } },
  relu_sloping_below: { layer: 'ReLU', config: { max_value: 1.5, negative_slope: 0.1 } },
  leaky_relu_layer: { layer: 'LeakyReLU', config: { negative_slope: 0.15 } },
  elu_layer: { layer: 'ELU', config: {} },
  prelu: { layer: 'PReLU', config: { alpha_regularizer: 'l2' } },
  prelu_shared: { layer: 'PReLU', config: { shared_axes: [1, 2], alpha_initializer: 'ones' } },
  prelu_half_shared: { layer: 'PReLU', config: { shared_axes: [2] } },
  group_normalization: { layer: 'GroupNormalization', config: { groups: 2 } },
  group_normalization_each: { layer: 'GroupNormalization', config: { groups: -1, scale: false, epsilon: 1e-5 } },
  group_normalization_rows: { layer: 'GroupNormalization', config: { groups: 4, axis: 1, center: false } },
  layer_normalization: { layer: 'LayerNormalization', config: { epsilon: 1e-6 } },
  layer_normalization_axes: { layer: 'LayerNormalization', config: { axis: [3, 1], center: false } },
  layer_scale: { layer: 'LayerScale', config: { init_values: 0.5, projection_dim: 4 } },
  spatial_dropout: { layer: 'SpatialDropout2D', config: { rate: 0.4 }, untrained: true },
  gaussian_noise: { layer: 'GaussianNoise', config: { stddev: 0.4, seed: 3 }, untrained: true },
  gaussian_dropout: { layer: 'GaussianDropout', config: { rate: 0.4 }, untrained: true },
  alpha_dropout: { layer: 'AlphaDropout', config: { rate: 0.4 }, untrained: true },
  crop: { layer: 'CenterCrop', config: { height: 5, width: 4 } },
  crop_of_smaller: { layer: 'CenterCrop', config: { height: 9, width: 5 } },
  ...Object.fromEntries(
    ['bilinear', 'nearest', 'bicubic', 'lanczos3', 'lanczos5'].flatMap((interpolation) => [
      [`resize_${interpolation}`, { layer: 'Resizing', config: { height: 5, width: 9, interpolation } }],
      [`resize_${interpolation}_crop`, resizing({ interpolation, crop_to_aspect_ratio: true })],
      [`resize_${interpolation}_pad`, resizing({ interpolation, pad_to_aspect_ratio: true, fill_value: 0.5 })],
      [`up_${interpolation}`, { layer: 'UpSampling2D', config: { size: [2, 3], interpolation } }],
    ]),
  ),
  resize_area: { ...resizing({ interpolation: 'area' }), untrained: true },
  ...Object.fromEntries(
    ['bilinear', 'bicubic', 'lanczos3'].map((interpolation) => [
      `resize_${interpolation}_smooth`,
      resizing({ interpolation, antialias: true }),
    ]),
  ),
  stochastic_depth: { layer: 'StochasticDepth', config: { drop_path_rate: 0.3 }, untrained: true },
};
const SHAPE = [8, 7, 3];
const FORMATS = ['keras', 'h5'];

const folder = mkdtempSync(join(tmpdir(), 'thaw-layers-'));
const file = (name: string) => join(folder, name);
const json = (name: string) => JSON.parse(readFileSync(file(name)).toString());
let python: ChildProcess;
let complaints = '';
let saved: Record<string, { x: number[]; y: number[]; predictions: number[]; trained: number[][] }>;

before(async () => {
  const question = Object.entries(cases).map(([name, each]) => [name, { shape: SHAPE, ...each }]);
  writeFileSync(file('question.json'), JSON.stringify(Object.fromEntries(question)));
  python = spawn(...kerasCommand(join(__dirname, 'keras_layers_keras.py'), folder), { stdio: 'pipe' });
  python.stderr!.on('data', (text) => {
    complaints += text;
  });
  await Promise.race([once(python.stdout!, 'data'), once(python, 'exit')]);
  assert.equal(python.exitCode, null, complaints);
  saved = json('answer.json');
});
after(() => {
  python.kill();
  rmSync(folder, { recursive: true });
});

/** How far the weights of a model are from Keras's after one step of training on the same pictures. */
async function trainedError(model: tf.LayersModel, x: tf.Tensor, name: string): Promise<number> {
  const { y, trained } = saved[name]!;
  const labels = tf.tensor(y, [3, 2]);
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
  await model.fit(x, labels, { batchSize: 3, epochs: 1, verbose: 0 });
  labels.dispose();
  const weights = model.trainableWeights.map((weight) => weight.read().dataSync());
  return Math.max(...trained.map((values, index) => relativeError(weights[index]!, values)));
}

for (const [name, { layer, shape = SHAPE, untrained }] of Object.entries(cases)) {
  test(`${name} (${layer}) predicts and trains as in Python Keras`, async (t) => {
    const { x, predictions } = saved[name]!;
    const numTensors = tf.memory().numTensors;
    const pictures = tf.tensor(x, [3, ...shape]);
    const worst = (model: tf.LayersModel) => {
      const output = model.predict(pictures) as tf.Tensor;
      const error = relativeError(output.dataSync(), predictions);
      output.dispose();
      return error;
    };
    for (const format of FORMATS) {
      const model = await loadModel(file(`${name}.${format}`));
      reportWorst(t, `${name}.${format}, predictions`, worst(model), 1e-5);
      await saveModel(model, file(`thaw_${name}.${format}`));
      tf.tidy(() => model.setWeights(model.weights.map((weight) => tf.zerosLike(weight.read()))));
      await loadWeights(model, file(`${name}.weights.h5`));
      reportWorst(t, `${name}.weights.h5, predictions`, worst(model), 1e-5);
      if (!untrained) reportWorst(t, `${name}.${format}, a step`, await trainedError(model, pictures, name), 1e-4);
      model.optimizer?.dispose();
      model.dispose();
    }
    pictures.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

test('Python Keras opens them as Thaw saved them', async (t) => {
  python.stdin!.end('\n');
  const [status] = await once(python, 'exit');
  assert.equal(status, 0, complaints);
  const opened: Record<string, number[] | string> = json('opened.json');
  assert.equal(Object.keys(opened).length, FORMATS.length * Object.keys(cases).length);
  const errors = Object.entries(opened).map(([name, predictions]) => {
    // Else it says why Keras doesn't open it.
    assert.ok(Array.isArray(predictions), `${name}: ${predictions}`);
    return relativeError(predictions, saved[name.slice(0, name.lastIndexOf('.'))]!.predictions);
  });
  reportWorst(t, 'saved here, opened by Keras', Math.max(...errors), 1e-5);
});
