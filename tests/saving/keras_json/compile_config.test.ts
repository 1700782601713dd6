import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import '../../../src';
import { loadModel, saveModel } from '../../../src/models';
import { compileFromConfig } from '../../../src/saving/keras_json/compile_config';
import * as tf from '../../../src/tf';
import { runKeras } from '../../support/keras';
import { reportWorst } from '../../support/parity';
import { random } from '../../tfjs/trainable_models';

const folder = mkdtempSync(join(tmpdir(), 'thaw-compile-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, `${name}.keras`);
const write = (name: string, tensor: tf.Tensor) => writeFileSync(join(folder, `${name}.f32`), tensor.dataSync());

const MSE = 'meanSquaredError';

interface Compiled {
  loss: string;
  metrics: string[];
  /** Keras's names of them, in the words of its objects. */
  keras: [string, string[]];
  units?: number;
  activation?: 'sigmoid' | 'softmax' | 'linear';
  targets: (x: tf.Tensor, units: number) => tf.Tensor;
}
const oneHot = (x: tf.Tensor, units: number) => tf.oneHot(x.slice([0, 0], [-1, units]).argMax(-1), units);
const positive = (x: tf.Tensor, units: number) => x.slice([0, 0], [-1, units]).abs();
const bits = (x: tf.Tensor, units: number) => x.slice([0, 0], [-1, units]).greater(0);
const signs = (x: tf.Tensor, units: number) => x.slice([0, 0], [-1, units]).sign();
const softmax = { units: 3, activation: 'softmax', targets: oneHot } as const;
const errors = ['mse', 'mae', 'mape'];
const kerasErrors = ['mean_squared_error', 'mean_absolute_error', 'mean_absolute_percentage_error'];
const compiled: Record<string, Compiled> = {
  binary: {
    loss: 'binaryCrossentropy',
    metrics: ['acc'],
    keras: ['binary_crossentropy', ['binary_accuracy']],
    activation: 'sigmoid',
    targets: bits,
  },
  labels: {
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
    keras: ['binary_crossentropy', ['categorical_accuracy']],
    activation: 'sigmoid',
    targets: bits,
    units: 3,
  },
  categorical: {
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy', 'categoricalCrossentropy'],
    keras: ['categorical_crossentropy', ['categorical_accuracy', 'categorical_crossentropy']],
    ...softmax,
  },
  sparse: {
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['acc'],
    keras: ['sparse_categorical_crossentropy', ['sparse_categorical_accuracy']],
    ...softmax,
    targets: (x, units) => x.slice([0, 0], [-1, units]).argMax(-1).expandDims(1),
  },
  squared: { loss: MSE, metrics: errors, keras: ['mean_squared_error', kerasErrors], targets: positive },
  absolute: {
    loss: 'meanAbsoluteError',
    metrics: ['MSE'],
    keras: ['mean_absolute_error', ['mean_squared_error']],
    targets: positive,
  },
  percentage: {
    loss: 'meanAbsolutePercentageError',
    metrics: ['MAE'],
    keras: ['mean_absolute_percentage_error', ['mean_absolute_error']],
    targets: positive,
  },
  logarithmic: {
    loss: 'meanSquaredLogarithmicError',
    metrics: [],
    keras: ['mean_squared_logarithmic_error', []],
    targets: positive,
  },
  hinge: { loss: 'hinge', metrics: ['binaryAccuracy'], keras: ['hinge', ['binary_accuracy']], targets: signs },
  squared_hinge: { loss: 'squaredHinge', metrics: [], keras: ['squared_hinge', []], targets: signs },
  categorical_hinge: {
    loss: 'categoricalHinge',
    metrics: ['categoricalAccuracy'],
    keras: ['categorical_hinge', ['categorical_accuracy']],
    ...softmax,
  },
  logcosh: { loss: 'logcosh', metrics: [], keras: ['log_cosh', []], targets: positive },
  divergence: { loss: 'kullbackLeiblerDivergence', metrics: [], keras: ['kl_divergence', []], ...softmax },
  poisson: { loss: 'poisson', metrics: [], keras: ['poisson', []], targets: positive, activation: 'sigmoid' },
  cosine: { loss: 'cosineProximity', metrics: [], keras: ['cosine_similarity', []], ...softmax },
};

function compiledModel({ loss, metrics, units = 1, activation = 'linear' }: Compiled): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 3 });
  const model = tf.sequential({
    layers: [tf.layers.dense({ units, activation, inputShape: [5], kernelInitializer })],
  });
  model.compile({ optimizer: 'sgd', loss, metrics });
  return model;
}

const inputs = random(8, 5);
const targetsOf = ({ targets, units = 1 }: Compiled) => tf.tidy(() => targets(inputs, units).toFloat());

function evaluate(model: tf.LayersModel, targets: tf.Tensor | tf.Tensor[]): Record<string, number> {
  const values = tf.tidy(() =>
    [model.evaluate(inputs, targets, { batchSize: 4 })].flat().map((value) => value.dataSync()[0]!),
  );
  // With two outputs tfjs gives the sum of the first losses, too, before that of all.
  const named = values.slice(-model.metricsNames.length);
  return Object.fromEntries(named.map((value, index) => [model.metricsNames[index]!, value]));
}

function twoOutputs(): tf.LayersModel {
  const input = tf.input({ shape: [5] });
  const outputs = ['first', 'second'].map((name, seed) =>
    tf.layers
      .dense({ name, units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 1 }) })
      .apply(input),
  );
  return tf.model({ inputs: input, outputs: outputs as tf.SymbolicTensor[] });
}
const [first, second] = [random(8, 1), random(8, 1)];

type Logs = Record<string, number>;
let answer: { evaluated: Record<string, Logs>; two_outputs: Logs; unmatched: string[] };

before(async () => {
  for (const [name, spec] of Object.entries(compiled)) {
    await saveModel(compiledModel(spec), file(name));
    write(`${name}_xs`, inputs);
    write(`${name}_ys`, targetsOf(spec));
  }
  const two = twoOutputs();
  two.compile({ optimizer: 'sgd', loss: { first: MSE, second: 'hinge' }, metrics: ['mae', 'mse'] });
  await saveModel(two, file('two_outputs'));
  for (const [name, tensor] of Object.entries({ xs: inputs, first, second })) write(`two_outputs_${name}`, tensor!);
  const question = Object.fromEntries(Object.entries(compiled).map(([name, { keras }]) => [name, keras]));
  writeFileSync(join(folder, 'question.json'), JSON.stringify(question));
  runKeras(join(__dirname, 'compile_config_keras.py'), folder);
  answer = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'));
});

/** How far apart the values of two logs are at worst, by the order of their names. */
function difference(actual: Logs, expected: Logs): number {
  const [left, right] = [actual, expected].map((logs) =>
    Object.keys(logs)
      .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
      .map((name) => logs[name]!),
  );
  assert.equal(left!.length, right!.length);
  return Math.max(
    ...left!.map((value, index) => Math.abs(value - right![index]!) / Math.max(1, Math.abs(right![index]!))),
  );
}

/** Loads a model and tells what was warned of meanwhile. */
async function loadQuietly(name: string): Promise<{ model: tf.LayersModel; warnings: string[] }> {
  const warn = mock.method(console, 'warn', () => {});
  const model = await loadModel(file(name));
  warn.mock.restore();
  return { model, warnings: warn.mock.calls.map(({ arguments: [message] }) => String(message)) };
}

for (const [name, spec] of Object.entries(compiled)) {
  test(`a model compiled with ${spec.loss} and ${JSON.stringify(spec.metrics)} evaluates to the same in Keras`, async (t) => {
    const targets = targetsOf(spec);
    const expected = evaluate(compiledModel(spec), targets);
    reportWorst(t, `${name}, opened by Keras`, difference(answer.evaluated[name]!, expected), 1e-5);
    for (const how of ['', '_functions']) {
      const { model, warnings } = await loadQuietly(`python_${name}${how}`);
      assert.deepEqual(warnings, []);
      assert.equal(model.loss, spec.loss);
      reportWorst(t, `${name}, saved by Keras`, difference(evaluate(model, targets), expected), 1e-5);
    }
    const again = await loadModel(file(name));
    assert.deepEqual(again.metricsNames, compiledModel(spec).metricsNames);
  });
}

test('two outputs have the losses and metrics that Keras gives each, and the reverse', async (t) => {
  const saved = await loadModel(file('two_outputs'));
  assert.deepEqual(saved.loss, [MSE, 'hinge']);
  const names = ['first_mae', 'first_mse', 'second_mae', 'second_mse'];
  assert.deepEqual(saved.metricsNames, ['loss', 'first_loss', 'second_loss', ...names]);
  reportWorst(
    t,
    'two outputs, opened by Keras',
    difference(answer.two_outputs, evaluate(saved, [first!, second!])),
    1e-5,
  );

  const expected: [unknown, string[]][] = [
    [[MSE, MSE], ['first_mae']],
    [[MSE, 'hinge'], ['first_mae']],
    [
      [MSE, 'meanAbsoluteError'],
      ['first_mae', 'second_mse'],
    ],
  ];
  for (const [index, [loss, metrics]] of expected.entries()) {
    const { model, warnings } = await loadQuietly(`python_two_outputs_${index}`);
    assert.deepEqual(warnings, []);
    assert.deepEqual(model.loss, loss);
    assert.deepEqual(model.metricsNames, ['loss', 'first_loss', 'second_loss', ...metrics]);
  }
});

test('what tfjs has no match for is named in a warning, and the model loaded without it: a metric, or all that compile() says', async () => {
  assert.ok(answer.unmatched.length > 20);
  for (const [index, part] of answer.unmatched.entries()) {
    const { model, warnings } = await loadQuietly(`python_unmatched_${index}`);
    assert.equal(warnings.length, 1, part);
    const isMetric = /metric|threshold/.test(part) && !part.startsWith('weighted');
    const consequence = isMetric ? 'is compiled without what' : 'is loaded but not compiled:';
    assert.ok(warnings[0]!.includes(`${consequence} tfjs has no match for`), warnings[0]);
    assert.ok(warnings[0]!.includes(part), `${part}: ${warnings[0]}`);
    assert.equal(model.optimizer !== undefined, isMetric);
  }
});

test('what Keras has no match for is an error that names it, before anything is written', async () => {
  const own = (yTrue: tf.Tensor, yPred: tf.Tensor) => yTrue.sub(yPred).abs().mean(-1);
  const cases: [Partial<tf.ModelCompileArgs>, RegExp][] = [
    [{ optimizer: tf.train.adadelta(1) }, /one of the optimizers rmsprop, .*adagrad\. Received: Adadelta/],
    [{ optimizer: 'adamax' }, /Received: Adamax/],
    [{ loss: own }, /a loss given by name, one of those .*meanSquaredError.* Received: .*yTrue/],
    [{ metrics: [own] }, /metrics given by name.* Received: .*yTrue/],
    [{ metrics: ['precision'] }, /Received: precision/],
    [{ metrics: ['mse', 'cosine'] }, /Received: cosine/],
  ];
  for (const [args, message] of cases) {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [5] })] });
    model.compile({ optimizer: 'sgd', loss: MSE, ...args });
    await assert.rejects(saveModel(model, join(folder, 'refused/model.keras')), message);
    assert.ok(!existsSync(join(folder, 'refused')));
  }
});

test('a configuration that is refused leaves the model as it was and no tensor behind', () => {
  const model = compiledModel(compiled.binary!);
  const { optimizer, loss, metrics } = model;
  const { numTensors } = tf.memory();
  const config = { optimizer: { class_name: 'Adam', config: { learning_rate: 1, use_ema: true } }, loss: 'mse' };
  assert.throws(() => compileFromConfig(model, config), /the optimizer Adam with use_ema=true/);
  assert.throws(
    () => compileFromConfig(model, { ...config, loss: ['mse', 'mse'] }),
    /the loss \["mse","mse"\] for the outputs/,
  );
  assert.deepEqual([model.optimizer, model.loss, model.metrics], [optimizer, loss, metrics]);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('what Keras 2 wrote into `.h5` is understood', () => {
  const model = compiledModel(compiled.binary!);
  const wrapped = { class_name: 'MeanMetricWrapper', config: { name: 'acc', dtype: 'float32', fn: 'binary_accuracy' } };
  const settings = { name: 'RMSprop', learning_rate: 0.25, decay: 0, rho: 0.5, jit_compile: true, weight_decay: null };
  compileFromConfig(model, {
    optimizer: { class_name: 'Custom>RMSprop', config: { ...settings, is_legacy_optimizer: false } },
    loss: { class_name: 'BinaryCrossentropy', config: { reduction: 'auto', name: 'binary_crossentropy' } },
    metrics: [[wrapped, 'mae']],
    loss_weights: null,
  });
  assert.deepEqual(model.optimizer.getConfig(), {
    learningRate: 0.25,
    decay: 0.5,
    momentum: 0,
    epsilon: 1e-7,
    centered: false,
  });
  assert.equal(model.loss, 'binaryCrossentropy');
  assert.deepEqual(model.metricsNames, ['loss', 'acc', 'mae']);
});
