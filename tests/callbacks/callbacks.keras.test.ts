import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { callbacks } from '../../src';
import * as tf from '../../src/tf';
import type { UnreadLogs } from '../../src/tfjs/log_values';
import { randomGenerator } from '../../src/utils/random';
import { runKeras } from '../support/keras';
import { line, one, three, weightOf } from './line';

const folder = mkdtempSync(join(tmpdir(), 'thaw-callbacks-'));
after(() => rmSync(folder, { recursive: true }));

interface Case {
  callback: 'EarlyStopping' | 'ReduceLROnPlateau';
  /** As Python spells them. */
  settings: Record<string, unknown> & { monitor: string };
  /** What is watched, epoch by epoch. */
  values: number[];
}

const random = randomGenerator(7);
/** Values of which some are equal, and some differ by no more than `min_delta`. */
const walk = (epochs: number) => Array.from({ length: epochs }, () => Math.floor(random() * 12) / 10);
const cases: Case[] = [];
// Keras knows the direction of a metric that the model has been compiled with only.
const accuracy = { monitor: 'val_accuracy', mode: 'max' };
for (const settings of [
  {},
  { patience: 1, restore_best_weights: true },
  { patience: 2, min_delta: 0.1, restore_best_weights: true },
  { patience: 3, baseline: 0.4, restore_best_weights: true },
  { patience: 1, start_from_epoch: 3, restore_best_weights: true },
  { patience: 2, min_delta: -0.2, monitor: 'loss' },
  { patience: 2, restore_best_weights: true, ...accuracy },
  { patience: 30, restore_best_weights: true },
]) {
  cases.push({ callback: 'EarlyStopping', settings: { monitor: 'val_loss', ...settings }, values: walk(10) });
}
for (const settings of [
  { patience: 0 },
  { patience: 2, factor: 0.5, min_delta: 0.1 },
  { patience: 1, cooldown: 2, factor: 0.5 },
  { patience: 1, min_lr: 0.003, ...accuracy },
  {},
]) {
  cases.push({ callback: 'ReduceLROnPlateau', settings: { monitor: 'val_loss', ...settings }, values: walk(12) });
}

let answers: {
  cases: { epochs: number[]; weights: number[]; last: number; rates: number[] | null }[];
  logs: Record<string, string>;
};
before(() => {
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
  runKeras(join(__dirname, 'callbacks_keras.py'), folder);
  answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'));
});

const camel = (settings: object) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

for (const [index, { callback, settings, values }] of cases.entries()) {
  test(`${callback} ${JSON.stringify(settings)}: epochs, weights and learning rates as in Keras`, async () => {
    const { numTensors } = tf.memory();
    const model = line();
    const weights: number[] = [];
    const given = new tf.CustomCallback({
      onEpochEnd: async (epoch: number, logs: UnreadLogs = {}) => {
        logs[settings.monitor] = Math.fround(values[epoch]!);
        weights.push(weightOf(model));
      },
    });
    const watch = callback === 'EarlyStopping' ? callbacks.earlyStopping : callbacks.reduceLROnPlateau;
    const { epoch, history } = await model.fit(one, three, {
      epochs: values.length,
      verbose: 0,
      validationData: [one, three],
      callbacks: [given, watch(camel(settings))],
    });
    const expected = answers.cases[index]!;
    assert.deepEqual(epoch, expected.epochs);
    const close = (received: number[], keras: number[]) => {
      assert.equal(received.length, keras.length);
      for (const [i, value] of received.entries())
        assert.ok(Math.abs(value - keras[i]!) < 1e-6, `${received} ${keras}`);
    };
    close(weights, expected.weights);
    close([weightOf(model)], [expected.last]);
    close((history.learning_rate ?? []) as number[], expected.rates ?? []);
    model.optimizer.dispose(); // It is the user's.
    model.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

test('CSVLogger writes the lines that Keras writes', async () => {
  for (const [name, settings, validated] of [
    ['plain', {}, false],
    ['validated', { separator: ';' }, true],
    ['appended', { append: true }, true],
  ] as const) {
    const filename = join(folder, `thaw/${name}.csv`);
    for (let i = 0; i < 2; i++) {
      await line().fit(one, three, {
        epochs: 3,
        verbose: 0,
        ...(validated && { validationData: [one, three] }),
        callbacks: [callbacks.csvLogger({ filename, ...settings })],
      });
    }
    // Six digits: the last ones depend on the order of sums.
    const round = (text: string) =>
      text.replace(/\d+\.\d+/g, (number) => String(Number(Number(number).toPrecision(6))));
    assert.equal(round(readFileSync(filename, 'utf8')), round(answers.logs[name]!), name);
  }
});
