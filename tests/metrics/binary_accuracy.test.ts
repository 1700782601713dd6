import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '../../src';
import * as tf from '../../src/tf';

const outputs = tf.tensor2d([[-2], [-0.1], [0], [0.3], [4]]);
const labels = tf.tensor2d([[0], [1], [0], [0], [1]], undefined, 'int32');

for (const [threshold, share] of [
  [undefined, 0.8],
  [0, 0.6],
  [-1, 0.6],
  [0.25, 0.6],
  [4, 0.6],
] as const) {
  test(`binaryAccuracy with the threshold ${threshold} of these outputs is ${share}`, () => {
    const { numTensors } = tf.memory();
    const model = tf.sequential({ layers: [tf.layers.activation({ activation: 'linear', inputShape: [1] })] });
    const measured = [metrics.binaryAccuracy(threshold === undefined ? {} : { threshold })];
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: measured });
    assert.deepEqual(model.metricsNames, ['loss', 'binaryAccuracy']);
    const values = tf.tidy(() => (model.evaluate(outputs, labels) as tf.Scalar[]).map((value) => value.dataSync()[0]!));
    assert.ok(Math.abs(values[1]! - share) < 1e-6, String(values[1]));
    model.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

test('its name is that of the logs, where the accuracy is `acc`', () => {
  assert.equal(metrics.binaryAccuracy({ name: 'accuracy' }).name, 'acc');
  assert.equal(metrics.binaryAccuracy({ name: 'half' }).name, 'half');
});

test('a threshold that is no number is refused', () => {
  assert.throws(() => metrics.binaryAccuracy({ threshold: Number.NaN }), /to be a number\. Received: threshold=NaN/);
});
