import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '../../src';
import * as tf from '../../src/tf';

// The right values are those of _TemperatureScaling in sklearn.calibration of scikit-learn 1.9.1.
const BINARY = { labels: [0, 1, 0, 1, 0, 1, 0, 1, 1, 0], logits: [-3, -0.5, 2, 4, -1, 0.3, -6, 5, -2, 1.5] };
const ROWS = [
  [2, -1, 0],
  [0, 3, 1],
  [4, 1, 3],
  [-2, 0, 1],
  [1, 1.5, -3],
  [0, 0, 5],
  [3, -1, 2],
  [1, 2, 0.5],
];
const CLASSES = [0, 1, 2, 2, 0, 2, 0, 2];

const close = (actual: number, expected: number) => assert.ok(Math.abs(actual / expected - 1) < 1e-6, String(actual));

test("temperatureScaling of two classes is scikit-learn's, from an array and from a column", () => {
  close(metrics.temperatureScaling(BINARY.labels, BINARY.logits), 3.0881835829677726);
  const column = tf.tensor2d(BINARY.logits, [10, 1]);
  const { numTensors } = tf.memory();
  close(metrics.temperatureScaling(BINARY.labels, column), 3.0881835829677726);
  assert.equal(tf.memory().numTensors, numTensors);
  column.dispose();
});

test("temperatureScaling of three classes is scikit-learn's", () => {
  const logits = tf.tensor2d(ROWS);
  close(metrics.temperatureScaling(CLASSES, logits), 1.1469406700171259);
  logits.dispose();
});

test('logits that are ten times too large need ten times the temperature, hundreds included', () => {
  const ten = metrics.temperatureScaling(
    BINARY.labels,
    BINARY.logits.map((logit) => 300 * logit),
  );
  close(ten, 300 * 3.0881835829677726);
});

test('where all answers are right, or as wrong as chance, the bounds are given', () => {
  close(metrics.temperatureScaling([0, 1], [-1, 1]), Math.exp(-10));
  close(metrics.temperatureScaling([1, 0], [-1, 1]), Math.exp(10));
});

test("temperatureScaling refuses labels and logits that don't go together", () => {
  const logits = tf.tensor2d(ROWS);
  assert.throws(() => metrics.temperatureScaling([0, 1], logits), /Received: 2 labels, 8 rows of logits/);
  assert.throws(() => metrics.temperatureScaling([0, 1, 2, 3, 0, 0, 0, 0], logits), /from 0 to 2, .* Received: 3/);
  assert.throws(() => metrics.temperatureScaling([0, 2], [1, 2]), /from 0 to 1, .* Received: 2/);
  assert.throws(() => metrics.temperatureScaling([], []), /yTrue to hold a number .* Received: none/);
  assert.throws(
    () => metrics.temperatureScaling([0, 1], [1, Number.NaN]),
    /logits to hold finite numbers\. Received: NaN/,
  );
  logits.dispose();
});
