import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '../../src';
import * as tf from '../../src/tf';

/** Labels and two models' probabilities, so that each is right alone so often, and both are right or wrong a few times. */
function answers(onlyFirst: number, onlySecond: number) {
  const pictures = [...Array(onlyFirst).fill([1, 0.9, 0.2]), ...Array(onlySecond).fill([0, 0.51, 0.5])];
  const all = [...pictures, [1, 0.7, 0.8], [0, 0.1, 0], [1, 0.4, 0.5], [0, 0.6, 1]];
  return [0, 1, 2].map((column) => all.map((picture) => picture[column])) as [number[], number[], number[]];
}

// What statsmodels 0.14 gives: mcnemar(table, exact=True).pvalue
for (const [onlyFirst, onlySecond, pValue] of [
  [36, 18, 0.01983432672806828],
  [16, 35, 0.010973562899720513],
  [6, 5, 1],
  [10, 10, 1],
  [0, 0, 1],
  [0, 3, 0.25],
  [1500, 1400, 0.06598734966518463],
] as const) {
  test(`mcnemar of ${onlyFirst} against ${onlySecond} is ${pValue.toFixed(4)}`, () => {
    const found = metrics.mcnemar(...answers(onlyFirst, onlySecond));
    assert.deepEqual([found.onlyFirst, found.onlySecond], [onlyFirst, onlySecond]);
    assert.ok(Math.abs(found.pValue / pValue - 1) < 1e-9, String(found.pValue));
  });
}

test('mcnemar takes classes as well, and tensors, which it leaves as they are', () => {
  const expected = { onlyFirst: 1, onlySecond: 2, pValue: 1 };
  assert.deepEqual(metrics.mcnemar([0, 1, 2, 3, 3], [0, 1, 1, 2, 2], Int32Array.of(0, 2, 2, 3, 1)), expected);
  const tensors = [
    [0, 1, 1, 0],
    [0.1, 0.9, 0.2, 0.7],
    [0.8, 0.9, 0.7, 0.1],
  ].map((each) => tf.tensor2d(each, [4, 1]));
  const { numTensors } = tf.memory();
  assert.deepEqual(metrics.mcnemar(tensors[0]!, tensors[1]!, tensors[2]!), expected);
  assert.equal(tf.memory().numTensors, numTensors);
  tf.dispose(tensors);
});

test('mcnemar says what it expects', () => {
  assert.throws(
    () => metrics.mcnemar([0, 1], [0, 1], [1]),
    /as many numbers in each. Received: yTrue: 2, first: 2, second: 1$/,
  );
  assert.throws(() => metrics.mcnemar([], [], []), /Expected yTrue to hold a number for each picture. Received: none/);
  assert.throws(() => metrics.mcnemar([0, 1], [0, Number.NaN], [1, 1]), /first to hold finite .* NaN at place 1/);
  const wide = tf.ones([2, 3]);
  assert.throws(() => metrics.mcnemar([0, 1], [0, 1], wide), /second to have the shape .* Received: shape \[2,3\]/);
  wide.dispose();
});
