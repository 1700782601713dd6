import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../src/tf';

const step = (optimizer: tf.Optimizer, variable: tf.Variable, gradient: tf.Tensor) =>
  optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);

test('RMSprop in place takes the step of the formula, and leaves nothing behind', () => {
  const variable = tf.variable(tf.tensor1d([1, -2, 3]));
  const gradient = tf.tensor1d([0.5, -4, 0]);
  const optimizer = tf.train.rmsprop(0.1, 0.8, 0.5, 1e-7);
  step(optimizer, variable, gradient);
  const numTensors = tf.memory().numTensors;
  step(optimizer, variable, gradient);
  assert.equal(tf.memory().numTensors, numTensors);
  const expected = [1, -2, 3].map((value, index) => {
    const squared = [0.5, -4, 0][index]! ** 2;
    let [mean, moment, weight] = [0, 0, value];
    for (let time = 0; time < 2; time++) {
      mean = 0.8 * mean + 0.2 * squared;
      moment = 0.5 * moment + (0.1 * [0.5, -4, 0][index]!) / Math.sqrt(mean + 1e-7);
      weight -= moment;
    }
    return weight;
  });
  for (const [index, value] of variable.dataSync().entries()) assert.ok(Math.abs(value - expected[index]!) < 1e-6);
  optimizer.dispose();
  tf.dispose([variable, gradient]);
});

test('RMSprop in place leaves alone what shares its numbers with a weight: a clone, a reshaped copy', () => {
  const initial = tf.tensor1d([1, 2, 3, 4]);
  const variable = tf.variable(initial);
  const others = [initial, variable.clone(), variable.reshape([2, 2])];
  const gradient = tf.ones([4]);
  const optimizer = tf.train.rmsprop(0.1);
  for (let time = 0; time < 3; time++) step(optimizer, variable, gradient);
  for (const other of others) assert.deepEqual([...other.dataSync()], [1, 2, 3, 4]);
  assert.ok(variable.dataSync()[0]! < 1);
  const values = variable.dataSync();
  const before = [...values];
  step(optimizer, variable, gradient);
  assert.deepEqual([...values], before, 'what was read stays as it was read');
  optimizer.dispose();
  tf.dispose([variable, others, gradient]);
});
