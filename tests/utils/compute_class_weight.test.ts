import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utils } from '../../src';
import * as tf from '../../src/tf';

const labels = [...Array(240).fill(0), ...Array(12).fill(1), ...Array(60).fill(3)];
// What scikit-learn 1.9 gives: compute_class_weight('balanced', classes=np.unique(labels), y=labels)
const WEIGHTS = { 0: 0.43333333333333335, 1: 8.666666666666666, 3: 1.7333333333333334 };

test('computeClassWeight gives the weights of scikit-learn to the classes that occur', () => {
  assert.deepEqual(utils.computeClassWeight(labels), WEIGHTS);
  assert.deepEqual(utils.computeClassWeight([2, 2]), { 2: 1 });
});

test('computeClassWeight takes a tensor of labels, which it leaves as it is', () => {
  const tensor = tf.tensor2d(labels, [labels.length, 1], 'int32');
  const before = tf.memory().numTensors;
  assert.deepEqual(utils.computeClassWeight(tensor), WEIGHTS);
  assert.equal(tf.memory().numTensors, before);
  assert.ok(!tensor.isDisposed);
  tensor.dispose();
});

test('computeClassWeight refuses what are no class numbers', () => {
  assert.throws(() => utils.computeClassWeight([]), /number of a class.* Received: none/);
  assert.throws(() => utils.computeClassWeight([0, 0.5]), /Received: 0\.5/);
  assert.throws(() => utils.computeClassWeight([0, Number.NaN]), /Received: NaN/);
  const oneHot = tf.tensor2d([1, 0, 0, 1], [2, 2]);
  assert.throws(() => utils.computeClassWeight(oneHot), /Received: shape \[2,2\]/);
  oneHot.dispose();
});
