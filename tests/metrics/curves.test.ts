import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '../../src';
import * as tf from '../../src/tf';

// With ties across the classes, a score of 0 and one of 1. The right values are scikit-learn 1.9.1's.
const LABELS = [0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0];
const SCORES = [0.1, 0.4, 0.35, 0.8, 0.8, 0.8, 0.2, 0.6, 0.95, 0.4, 0, 1];

function assertClose(actual: number[], expected: number[]): void {
  assert.equal(actual.length, expected.length, String(actual));
  actual.forEach((value, at) => {
    assert.ok(value === expected[at] || Math.abs(value - expected[at]!) < 1e-12, `${value} for ${expected[at]}`);
  });
}
const over = (below: number, counts: number[]) => counts.map((count) => count / below);

test('rocCurve gives the points of sklearn.metrics.roc_curve', () => {
  const { fpr, tpr, thresholds } = metrics.rocCurve(LABELS, SCORES);
  assertClose(fpr, over(6, [0, 1, 1, 2, 2, 3, 6, 6]));
  assertClose(tpr, over(6, [0, 0, 1, 3, 4, 5, 5, 6]));
  assert.deepEqual(thresholds, [Infinity, 1, 0.95, 0.8, 0.6, 0.4, 0.1, 0]);
  const all = metrics.rocCurve(LABELS, SCORES, { dropIntermediate: false });
  assertClose(all.fpr, over(6, [0, 1, 1, 2, 2, 3, 4, 5, 6, 6]));
  assertClose(all.tpr, over(6, [0, 0, 1, 3, 4, 5, 5, 5, 5, 6]));
  assert.deepEqual(all.thresholds, [Infinity, 1, 0.95, 0.8, 0.6, 0.4, 0.35, 0.2, 0.1, 0]);
});

test('precisionRecallCurve gives the points of sklearn.metrics.precision_recall_curve', () => {
  const { precision, recall, thresholds } = metrics.precisionRecallCurve(LABELS, SCORES);
  assertClose(precision, [6 / 12, 5 / 11, 5 / 10, 5 / 9, 5 / 8, 4 / 6, 3 / 5, 1 / 2, 0, 1]);
  assertClose(recall, over(6, [6, 5, 5, 5, 5, 4, 3, 1, 0, 0]));
  assert.deepEqual(thresholds, [0, 0.1, 0.2, 0.35, 0.4, 0.6, 0.8, 0.95, 1]);
});

test('rocAucScore, averagePrecisionScore and brierScoreLoss are those of sklearn.metrics', () => {
  assertClose([metrics.rocAucScore(LABELS, SCORES)], [0.5972222222222222]);
  assertClose([metrics.averagePrecisionScore(LABELS, SCORES)], [0.5819444444444444]);
  assertClose([metrics.brierScoreLoss(LABELS, SCORES)], [0.29791666666666666]);
});

test('an order without a mistake has an area of 1, the other way round 0, and one score for all a half', () => {
  const areas = [
    [1, 2, 3, 4],
    [4, 3, 2, 1],
    [7, 7, 7, 7],
  ].map((scores) => metrics.rocAucScore([0, 0, 1, 1], scores));
  assert.deepEqual(areas, [1, 0, 0.5]);
  assert.deepEqual(metrics.rocCurve([0, 1], [7, 7]), { fpr: [0, 1], tpr: [0, 1], thresholds: [Infinity, 7] });
});

test('calibrationCurve gives the bins of sklearn.calibration.calibration_curve, and how many samples each has', () => {
  const uniform = metrics.calibrationCurve(LABELS, SCORES);
  assertClose(uniform.probTrue, [1 / 3, 1 / 3, 1, 2 / 3, 1 / 2]);
  assertClose(uniform.probPred, [0.1, 0.3833333333333333, 0.6, 0.8, 0.975]);
  assert.deepEqual(uniform.count, [3, 3, 1, 3, 2]);
  assertClose(metrics.calibrationCurve(LABELS, SCORES, { nBins: 3 }).probTrue, [1 / 3, 0.5, 0.6]);
  const { probTrue, probPred } = metrics.calibrationCurve(LABELS, SCORES, { nBins: 3, strategy: 'quantile' });
  assertClose(probTrue, [0.25, 2 / 3, 0.5]);
  assertClose(probPred, [0.1625, 0.6333333333333333, 0.975]);
});

test('calibrationCurve leaves empty bins out', () => {
  const { probTrue, probPred, count } = metrics.calibrationCurve([0, 1, 1], [0, 1, 1], { nBins: 10 });
  assert.deepEqual({ probTrue, probPred, count }, { probTrue: [0, 1], probPred: [0, 1], count: [1, 2] });
});

test('they read tensors of any shape and leave them as they are', () => {
  const labels = tf.tensor2d(LABELS, [12, 1], 'int32');
  const scores = tf.tensor2d(SCORES, [12, 1]);
  const { numTensors } = tf.memory();
  assert.ok(Math.abs(metrics.rocAucScore(labels, scores) - 0.5972222222222222) < 1e-12);
  assert.ok(Math.abs(metrics.brierScoreLoss(labels, scores) - 0.29791666666666666) < 1e-6);
  assert.equal(metrics.calibrationCurve(labels, scores).count.length, 5);
  assert.equal(metrics.precisionRecallCurve(labels, scores).thresholds.length, 9);
  assert.equal(tf.memory().numTensors, numTensors);
  tf.dispose([labels, scores]);
});

const ALL = {
  rocCurve: metrics.rocCurve,
  rocAucScore: metrics.rocAucScore,
  precisionRecallCurve: metrics.precisionRecallCurve,
  averagePrecisionScore: metrics.averagePrecisionScore,
  calibrationCurve: metrics.calibrationCurve,
  brierScoreLoss: metrics.brierScoreLoss,
};

for (const [name, metric] of Object.entries(ALL)) {
  test(`${name} refuses what isn't a label 0 or 1 and a number for each sample`, () => {
    assert.throws(() => metric([0, 1], [0.1, Number.NaN]), /yScore to hold finite numbers\. Received: NaN at place 1/);
    assert.throws(() => metric([0, 1], [0.1, Infinity]), /Received: Infinity at place 1/);
    assert.throws(() => metric([0, 2], [0.1, 0.2]), /labels 0 and 1 in \w+, which is for two classes\. Received: 2/);
    assert.throws(() => metric([0, 1, 1], [0.1, 0.2]), /yTrue: 3, yScore: 2/);
    assert.throws(() => metric([], []), /a number for each picture\. Received: none/);
  });
}

for (const name of ['rocCurve', 'rocAucScore', 'precisionRecallCurve', 'averagePrecisionScore'] as const) {
  test(`${name} refuses samples of one class alone`, () => {
    assert.throws(() => ALL[name]([0, 0], [0.1, 0.2]), /labels of both classes, 0 and 1, in \w+\. Received: 0 alone/);
    assert.throws(() => ALL[name]([1, 1], [0.1, 0.2]), /Received: 1 alone/);
  });
}

test('calibrationCurve and brierScoreLoss take one class alone, and probabilities only', () => {
  assert.deepEqual(metrics.calibrationCurve([1, 1], [0.9, 0.9]), { probTrue: [1], probPred: [0.9], count: [2] });
  assert.equal(metrics.brierScoreLoss([1, 1], [0.5, 0.5]), 0.25);
  for (const metric of [metrics.calibrationCurve, metrics.brierScoreLoss]) {
    assert.throws(() => metric([0, 1], [-3, 2]), /probabilities from 0 to 1 in \w+\. Received: -3\. Of logits take/);
  }
});

test('calibrationCurve and rocCurve check their options', () => {
  for (const nBins of [0, 1.5]) {
    assert.throws(
      () => metrics.calibrationCurve([1], [1], { nBins }),
      /nBins of calibrationCurve to be a positive integer/,
    );
  }
  const strategy = 'equal' as 'uniform';
  assert.throws(() => metrics.calibrationCurve([1], [1], { strategy }), /'uniform' or 'quantile'\. Received: equal/);
  const odd = { nBins: 3, dropIntermediate: true, bins: 3 };
  assert.throws(() => metrics.calibrationCurve([1], [1], odd), /Received: dropIntermediate, bins/);
  assert.throws(() => metrics.rocCurve([0, 1], [0, 1], odd), /Received: nBins, bins/);
});
