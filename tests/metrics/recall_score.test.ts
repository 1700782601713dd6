import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '../../src';
import * as tf from '../../src/tf';

const labels = [0, 0, 0, 0, 1, 1, 2, 2, 2, 4];
const answers = [0, 0, 0, 1, 1, 0, 2, 2, 3, 4];
// What scikit-learn 1.9 gives: recall_score(labels, answers, average=None, zero_division=0)
const RECALLS = [0.75, 0.5, 0.6666666666666666, 0, 1];

test('recallScore gives the recall of each class as scikit-learn does, of a class without pictures, too', () => {
  assert.deepEqual(metrics.recallScore(labels, answers), RECALLS);
  assert.deepEqual(metrics.recallScore([1, 1, 1], [1, 1, 1]), [0, 1]);
});

test('recallScore takes tensors, which it leaves as they are', () => {
  const [yTrue, yPred] = [tf.tensor2d(labels, [10, 1], 'int32'), tf.tensor1d(answers, 'int32')];
  const before = tf.memory().numTensors;
  assert.deepEqual(metrics.recallScore(yTrue, yPred), RECALLS);
  assert.equal(tf.memory().numTensors, before);
  assert.ok(!yTrue.isDisposed && !yPred.isDisposed);
  tf.dispose([yTrue, yPred]);
});

for (const [what, yTrue, yPred, message] of [
  ['probabilities', [0, 1], [0.2, 0.9], /number of a class.* Received: 0\.2/],
  ['negative classes', [0, -1], [0, 1], /number of a class.* Received: -1/],
  ['what is no number', [0, 1], [0, Number.NaN], /finite numbers/],
  ['nothing', [], [], /Received: none/],
  ['other numbers of pictures', [0, 1], [0], /yTrue: 2, yPred: 1/],
] as const) {
  test(`recallScore refuses ${what}`, () => assert.throws(() => metrics.recallScore(yTrue, yPred), message));
}
