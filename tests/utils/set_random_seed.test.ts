import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/tf';
import { randomState, setRandomSeed } from '../../src/utils/set_random_seed';

/** Trains a little head with dropout and shuffling from a seed; returns its weights and each epoch's loss. */
async function train(seed: number): Promise<number[]> {
  setRandomSeed(seed);
  const xs = tf.randomUniform([64, 4], 0, 1, 'float32', 7);
  const ys = tf.tidy(() => xs.sum(1, true).greater(2).toFloat());
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, inputShape: [4] }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'binaryCrossentropy' });
  const { history } = await model.fit(xs, ys, { epochs: 3, verbose: 0 });
  const weights = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
  model.dispose();
  tf.dispose([xs, ys]);
  return [...weights, ...(history.loss as number[])];
}

test('setRandomSeed() makes two trainings equal to the last digit', async () => {
  assert.deepEqual(await train(1), await train(1));
});

test('setRandomSeed() with another seed gives another training', async () => {
  assert.notDeepEqual(await train(1), await train(2));
});

test('randomState() is a seed from which Math.random goes on as it would', () => {
  setRandomSeed(1);
  Math.random();
  const state = randomState();
  const expected = [Math.random(), Math.random()];
  setRandomSeed(state!);
  assert.deepEqual([Math.random(), Math.random()], expected);
});

test('setRandomSeed() lets dropout draw another mask at each step', () => {
  setRandomSeed(1);
  const masks = tf.tidy(() =>
    [0, 1].map(() =>
      tf
        .dropout(tf.ones([100]), 0.5)
        .dataSync()
        .join(),
    ),
  );
  assert.notEqual(masks[0], masks[1]);
});
