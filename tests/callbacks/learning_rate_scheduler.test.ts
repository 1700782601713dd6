import assert from 'node:assert/strict';
import test from 'node:test';
import { callbacks } from '../../src';
import * as tf from '../../src/tf';

/** How far one weight moves in each epoch of a training with one step an epoch and the gradient 1. */
async function steps(optimizer: tf.Optimizer, schedule: (epoch: number, learningRate: number) => number) {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, useBias: false, inputShape: [1] })] });
  model.compile({ optimizer, loss: (_, yPred) => yPred.mean() });
  const weight = () => model.getWeights()[0]!.dataSync()[0]!;
  const moves: number[] = [];
  let before = weight();
  const watch = new tf.CustomCallback({
    onEpochEnd: () => {
      moves.push(before - weight());
      before = weight();
    },
  });
  const scheduler = callbacks.learningRateScheduler(schedule);
  const [xs, ys] = [tf.ones([1, 1]), tf.ones([1, 1])];
  await model.fit(xs, ys, { epochs: 3, verbose: 0, callbacks: [scheduler, watch] as tf.Callback[] });
  tf.dispose([xs, ys]);
  model.dispose();
  return moves;
}

test('learningRateScheduler() sets the rate of each epoch, whatever the optimizer', async () => {
  for (const optimizer of [tf.train.sgd(1), tf.train.adam(1), tf.train.rmsprop(1, 0)]) {
    const moves = await steps(optimizer, (epoch) => 0.5 / 2 ** epoch);
    moves.forEach((move, epoch) => {
      assert.ok(Math.abs(move - 0.5 / 2 ** epoch) < 1e-3, `${optimizer.getClassName()}: ${moves}`);
    });
  }
});

test('learningRateScheduler() tells the schedule the rate before', async () => {
  const seen: number[] = [];
  await steps(tf.train.sgd(1), (_epoch, learningRate) => {
    seen.push(learningRate);
    return learningRate / 10;
  });
  assert.deepEqual(
    seen.map((rate) => rate.toPrecision(3)),
    ['1.00', '0.100', '0.0100'],
  );
});

test('learningRateScheduler() refuses what is no rate', async () => {
  for (const rate of [Number.NaN, -1, Infinity]) {
    await assert.rejects(
      steps(tf.train.sgd(1), () => rate),
      /learning rate of 0 or more. Received: (NaN|-1|Infinity) for epoch 0/,
    );
  }
});
