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
  /** Whether it draws at random in training, so that no step beside Keras's can be compared. */
  random?: boolean;
}

const activations = [
  ...['celu', 'elu', 'exponential', 'gelu', 'hard_shrink', 'hard_sigmoid', 'hard_silu', 'hard_swish', 'hard_tanh'],
  ...['leaky_relu', 'linear', 'log_sigmoid', 'log_softmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', 'silu'],
  ...['soft_shrink', 'softmax', 'softplus', 'softsign', 'sparse_plus', 'sparse_sigmoid', 'squareplus', 'swish', 'tanh'],
  'tanh_shrink',
];

const cases: Record<string, Case> = {
  ...Object.fromEntries(activations.map((activation) => [activation, { layer: 'Activation', config: { activation } }])),
  conv_hard_silu: { layer: 'Conv2D', config: { filters: 3, kernel_size: 3, activation: 'hard_silu' } },
  grouped: { layer: 'Conv2D', config: { filters: 6, kernel_size: 3, groups: 2, strides: 2, activation: 'relu' } },
  grouped_dilated: { layer: 'Conv2D', config: { filters: 8, kernel_size: 3, groups: 4, dilation_rate: [2, 1] } },
  layer_normalization: { layer: 'LayerNormalization', config: { epsilon: 1e-6 } },
  layer_normalization_axes: { layer: 'LayerNormalization', config: { axis: [3, 1], center: false } },
  layer_scale: { layer: 'LayerScale', config: { init_values: 0.5, projection_dim: 4 } },
  stochastic_depth: { layer: 'StochasticDepth', config: { drop_path_rate: 0.3 }, random: true },
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

for (const [name, { layer, shape = SHAPE, random }] of Object.entries(cases)) {
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
      if (!random) reportWorst(t, `${name}.${format}, a step`, await trainedError(model, pictures, name), 1e-4);
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
  const opened: Record<string, number[]> = json('opened.json');
  assert.equal(Object.keys(opened).length, FORMATS.length * Object.keys(cases).length);
  const errors = Object.entries(opened).map(([name, predictions]) =>
    relativeError(predictions, saved[name.slice(0, name.lastIndexOf('.'))]!.predictions),
  );
  reportWorst(t, 'saved here, opened by Keras', Math.max(...errors), 1e-5);
});
