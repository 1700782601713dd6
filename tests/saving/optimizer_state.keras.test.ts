import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import { loadModel, saveModel } from '../../src/models';
import { optimizerArrays, setOptimizerArrays } from '../../src/saving/optimizer_state';
import * as tf from '../../src/tf';
import { AmsgradOptimizer } from '../../src/tfjs/optimizers/amsgrad_optimizer';
import { runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import { base, builders, find, normalized } from '../tfjs/trainable_models';
import { MSE, SLOWER_FROM, steps, xs, ys } from './optimizer_steps';

const folder = mkdtempSync(join(tmpdir(), 'thaw-optimizer-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, `${name}.keras`);
const write = (name: string, tensor: tf.Tensor) => writeFileSync(join(folder, `${name}.f32`), tensor.dataSync());

const flat = (model: tf.LayersModel) =>
  tf.tidy(() => Array.from(tf.concat(model.getWeights().map((weight) => weight.flatten())).dataSync()));

function frozenBelow(kind: keyof typeof builders, convBase = base()): tf.LayersModel {
  convBase.getLayer('conv1').trainable = false;
  return builders[kind](convBase);
}

/** Layers of the same shapes, one of them called twice, in branches of which the later one begins first. */
function branches(): tf.LayersModel {
  const inputs = tf.input({ shape: [6, 6, 2] });
  const layer = (name: string, units = 2) =>
    tf.layers.dense({ name, units, kernelInitializer: tf.initializers.glorotUniform({ seed: name.length }) });
  const apply = (x: tf.SymbolicTensor, ...layers: tf.layers.Layer[]) =>
    layers.reduce((y, each) => each.apply(y) as tf.SymbolicTensor, x);
  const shared = layer('shared');
  const short = apply(inputs, layer('a'));
  const long = apply(inputs, layer('bb'), shared, layer('cccc'), shared);
  const sum = tf.layers.add().apply([short, long]) as tf.SymbolicTensor;
  const pooled = tf.layers.globalAveragePooling2d({}).apply(sum) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs: apply(pooled, layer('before_the_last'), layer('last', 1)) });
}

/** The epsilons are great enough to show where they stand. */
const trained: Record<string, () => [tf.LayersModel, tf.Optimizer]> = {
  rmsprop: () => [frozenBelow('functional'), tf.train.rmsprop(1e-2, 0.9, 0, 1e-2)],
  rmsprop_momentum: () => [frozenBelow('nested'), tf.train.rmsprop(1e-3, 0.8, 0.9)],
  rmsprop_centered: () => [frozenBelow('functional'), tf.train.rmsprop(1e-2, 0.9, 0, 1e-2, true)],
  rmsprop_centered_momentum: () => [builders.functional(base()), tf.train.rmsprop(1e-3, 0.9, 0.5, 1e-3, true)],
  adam: () => [frozenBelow('functional'), tf.train.adam(1e-2, 0.8, 0.99, 1e-2)],
  adam_normalized: () => [frozenBelow('sequential', normalized()), tf.train.adam(1e-3)],
  adam_branches: () => [branches(), tf.train.adam(1e-2)],
  sgd: () => [frozenBelow('functional'), tf.train.sgd(1e-2)],
  momentum: () => [frozenBelow('sequential'), tf.train.momentum(1e-2, 0.9)],
  nesterov: () => [frozenBelow('nested'), tf.train.momentum(1e-2, 0.9, true)],
  adagrad: () => [frozenBelow('functional'), tf.train.adagrad(1e-1, 0.2)],
  whole_rate: () => [frozenBelow('functional'), tf.train.momentum(1, 0)],
  amsgrad: () => [frozenBelow('functional'), new AmsgradOptimizer(1e-2, 0.8, 0.9, 1e-2)],
};
const results: Record<string, { losses: number[]; weights: number[] }> = {};

/** One optimizer through two calls of compile, with other layers frozen in the second. */
const refrozen: Record<string, [boolean, boolean]> = { thawed: [false, true], frozen: [true, false] };

async function trainRefrozen(name: string): Promise<void> {
  const model = builders.functional(base());
  const optimizer = tf.train.adam(1e-2);
  for (const [round, flag] of refrozen[name]!.entries()) {
    find(model, ['base', 'conv2']).trainable = flag;
    model.compile({ optimizer, loss: MSE });
    await steps(model, 2 * round, 2 * round + 2);
  }
  await saveModel(model, file(name));
  const losses = await steps(model, 5, 10);
  results[name] = { losses, weights: flat(model) };
}

interface Answer {
  opened: Record<
    string,
    {
      here: { losses: number[]; weights: number[] };
      continued: { losses: number[]; weights: number[] };
      rate: number;
      optimizer: string;
      iterations: number;
    }
  >;
  warnings: string[];
}
let answer: Answer;

before(async () => {
  write('xs', xs);
  write('ys', ys);
  for (const [name, build] of Object.entries(trained)) {
    const [model, optimizer] = build();
    model.compile({ optimizer, loss: MSE });
    await saveModel(model, file(`${name}_0`));
    const losses = await steps(model, 0, 5);
    await saveModel(model, file(`${name}_5`));
    losses.push(...(await steps(model, 5, 10)));
    results[name] = { losses, weights: flat(model) };
  }
  for (const name of Object.keys(refrozen)) await trainRefrozen(name);
  const question = {
    trained: Object.keys(trained),
    refrozen: Object.keys(refrozen),
    slower_from: SLOWER_FROM,
  };
  writeFileSync(join(folder, 'question.json'), JSON.stringify(question));
  runKeras(join(__dirname, 'optimizer_state_keras.py'), folder);
  answer = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'));
});

for (const name of Object.keys(trained)) {
  test(`${name}: five steps here and five in Keras, and the reverse, end as ten steps in one place`, async (t) => {
    const { here, continued, rate } = answer.opened[name]!;
    const expected = results[name]!;
    const loaded = await loadModel(file(`python_${name}`));
    assert.equal(loaded.optimizer.iterations, 5);
    assert.equal(Math.fround(Number(loaded.optimizer.getConfig().learningRate)), Math.fround(rate));
    const losses = await steps(loaded, 5, 10);
    const pairs: Record<string, [number[], number[]]> = {
      'ten steps': [expected.weights, here.weights],
      'losses of ten steps': [expected.losses, here.losses],
      'opened by Keras': [continued.weights, expected.weights],
      'losses in Keras': [continued.losses, expected.losses.slice(5)],
      'saved by Keras': [flat(loaded), here.weights],
      'losses here': [losses, here.losses.slice(5)],
    };
    for (const [what, [actual, wanted]] of Object.entries(pairs)) {
      reportWorst(t, `${name}, ${what}`, relativeError(actual, wanted), 1e-4);
    }
  });
}

for (const name of Object.keys(refrozen)) {
  test(`Keras goes on with a model in which a layer was ${name} since the optimizer's first step`, (t) => {
    const { continued } = answer.opened[name]!;
    reportWorst(t, `${name}, opened by Keras`, relativeError(continued.weights, results[name]!.weights), 1e-4);
    reportWorst(t, `${name}, losses in Keras`, relativeError(continued.losses, results[name]!.losses), 1e-4);
  });
}

test('Keras loads the state of each optimizer, trained or not, without a warning', () => {
  assert.deepEqual(answer.warnings, []);
  const opened = Object.entries(answer.opened).filter(([name]) => name in trained);
  assert.ok(opened.every(([, { iterations }]) => iterations === 5));
  const names = opened.map(([name, { optimizer }]) => [name.split('_')[0], optimizer]);
  assert.deepEqual(Object.fromEntries(names), {
    rmsprop: 'RMSprop',
    adam: 'Adam',
    amsgrad: 'Adam',
    sgd: 'SGD',
    momentum: 'SGD',
    nesterov: 'SGD',
    adagrad: 'Adagrad',
    whole: 'SGD',
  });
});

test('an optimizer that Keras never built is loaded, ready to begin', async () => {
  const warn = mock.method(console, 'warn', () => {});
  const model = await loadModel(file('python_unbuilt'));
  warn.mock.restore();
  assert.equal(warn.mock.callCount(), 0);
  assert.equal(model.optimizer.iterations, 0);
  assert.equal((await optimizerArrays(model)).length, 2 + 2 * model.trainableWeights.length);
  assert.ok((await steps(model, 0, 1)).every(Number.isFinite));
});

test('saving, loading and disposing leave no tensor behind', async () => {
  const models = ['rmsprop_5', 'rmsprop_centered_5', 'adam_5', 'amsgrad_5', 'sgd_5', 'adagrad_5'];
  const round = async (name: string) => {
    const model = await loadModel(file(name));
    await steps(model, 5, 6);
    await setOptimizerArrays(model, await optimizerArrays(model));
    model.dispose();
  };
  for (const name of models) {
    const { numTensors } = tf.memory();
    await round(name);
    assert.equal(tf.memory().numTensors, numTensors, name);
  }
});
