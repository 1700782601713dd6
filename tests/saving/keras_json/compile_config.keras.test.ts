import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import '../../../src';
import { loadModel, saveModel } from '../../../src/models';
import * as tf from '../../../src/tf';
import { runKeras } from '../../support/keras';
import { reportWorst } from '../../support/parity';
import { random } from '../../tfjs/trainable_models';
import { type Compiled, compiled, compiledModel, MSE } from './compiled_models';

const folder = mkdtempSync(join(tmpdir(), 'thaw-compile-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, `${name}.keras`);
const write = (name: string, tensor: tf.Tensor) => writeFileSync(join(folder, `${name}.f32`), tensor.dataSync());

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

/** How far apart the values of two logs are at worst, by the order of their names, but that an accuracy has many. */
function difference(actual: Logs, expected: Logs): number {
  const place = (name: string) => (/acc/i.test(name) ? 'acc' : name.toLowerCase());
  const [left, right] = [actual, expected].map((logs) =>
    Object.keys(logs)
      .sort((a, b) => (place(a) < place(b) ? -1 : 1))
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
