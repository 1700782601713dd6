import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shuffleAsNumPy } from '../../src/utils/random_state';
import { dividedPlaces } from '../../src/utils/validation_split';

const upTo = (count: number) => [...Array(count).keys()];

test("the order is that of NumPy's RandomState", () => {
  // numpy.random.RandomState(seed).shuffle(list(range(count))), NumPy 2.4.
  for (const [seed, expected] of [
    [0, [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]],
    [42, [8, 1, 5, 0, 7, 2, 9, 4, 3, 6]],
    [2 ** 32 - 1, [8, 1, 5, 14, 10, 15, 16, 13, 11, 9, 6, 0, 4, 7, 12, 2, 3]],
    [1, [0, 1]],
    [7, [0]],
    [7, []],
  ] as const)
    assert.deepEqual(shuffleAsNumPy(upTo(expected.length), seed), expected);
  // More than the generator's state has.
  const long = shuffleAsNumPy(upTo(700), 123);
  assert.deepEqual(long.slice(0, 8), [57, 478, 597, 689, 647, 601, 624, 227]);
  assert.deepEqual(long.slice(-8), [106, 595, 17, 98, 322, 382, 365, 510]);
});

test('the last of the shuffled pictures, rounded down, are for validation, in order', () => {
  const split = { validationSplit: 0.38, seed: 42, stratified: false };
  assert.deepEqual(dividedPlaces(Array(10).fill(0), split), {
    training: [0, 1, 2, 5, 7, 8, 9],
    validation: [3, 4, 6],
  });
  assert.deepEqual(dividedPlaces(upTo(10), { ...split, seed: undefined }).validation, [7, 8, 9]);
});

test('stratified, each class is divided by itself, and each is in both subsets', () => {
  const labels = [...Array(20).fill(0), ...Array(7).fill(5), 1, 1];
  for (const seed of [0, 1, 2, undefined]) {
    const { training, validation } = dividedPlaces(labels, { validationSplit: 0.25, seed, stratified: true });
    const counts = [0, 5, 1].map((label) => validation.filter((place) => labels[place] === label).length);
    assert.deepEqual(counts, [5, 2, 1]);
    assert.deepEqual(
      [...training, ...validation].sort((a, b) => a - b),
      upTo(29),
    );
  }
  const most = dividedPlaces(labels, { validationSplit: 0.99, seed: 1, stratified: true });
  assert.deepEqual(
    most.training.map((place) => labels[place]),
    [0, 5, 1],
  );
  assert.throws(
    () => dividedPlaces([0, 0, 1], { validationSplit: 0.5, seed: 1, stratified: true }),
    /enough pictures of each class for both subsets\. Received: 1 with validationSplit=0\.5/,
  );
});

test('a part without a picture is an error', () => {
  assert.throws(
    () => dividedPlaces(upTo(9), { validationSplit: 0.1, seed: 1, stratified: false }),
    /enough pictures for both subsets\. Received: 9 with validationSplit=0\.1/,
  );
});
