import assert from 'node:assert/strict';
import test from 'node:test';
import { randomGenerator, shuffle } from '../../src/utils/random';

test('randomGenerator() repeats its numbers for a seed and differs for another', () => {
  const draw = (seed: number) => Array.from({ length: 5 }, randomGenerator(seed));
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3), draw(4));
});

test('randomGenerator() from the state of another goes on with its numbers', () => {
  const random = randomGenerator(-3);
  random();
  const other = randomGenerator(random.state);
  assert.deepEqual([other(), other()], [random(), random()]);
});

test('randomGenerator() spreads evenly over [0, 1)', () => {
  const random = randomGenerator(0);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) counts[Math.floor(random() * 10)]!++;
  assert.equal(counts.length, 10);
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`);
});

test('shuffle() returns every element once, in another order, and leaves its argument alone', () => {
  const array = Object.freeze([...Array(50).keys()]);
  const shuffled = shuffle(array, randomGenerator(1));
  assert.notDeepEqual(shuffled, array);
  assert.deepEqual(
    [...shuffled].sort((a, b) => a - b),
    [...array],
  );
  assert.deepEqual(shuffle([], randomGenerator(1)), []);
});
