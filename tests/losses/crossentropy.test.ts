import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { callbacks, losses, metrics, models } from '../../src';
import { trainingFingerprint } from '../../src/callbacks/training_fingerprint';
import * as tf from '../../src/tf';

const folder = mkdtempSync(join(tmpdir(), 'thaw-logits-'));
after(() => rmSync(folder, { recursive: true }));

// Logits that are all on the wrong side, and far beyond where a probability would be 1 - 1e-7.
const xs = tf.tensor2d([
  [100, 0, 0],
  [0, 0, 50],
]);
const rows = tf.tensor2d([
  [0, 1, 0],
  [1, 0, 0],
]);
const numbers = tf.tensor2d([[1], [0]], undefined, 'int32');

const CASES = {
  binaryCrossentropy: { labels: rows, loss: (100 + 4 * Math.LN2 + 50) / 6 },
  categoricalCrossentropy: { labels: rows, loss: (100 + 50) / 2 },
  sparseCategoricalCrossentropy: { labels: numbers, loss: (100 + 50) / 2 },
} as const;

/** A model that gives what it gets. */
function identity(loss: losses.Crossentropy, measured: (string | losses.Measure)[] = []): tf.LayersModel {
  const kernelInitializer = tf.initializers.identity({});
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [3], kernelInitializer })] });
  model.compile({ optimizer: 'sgd', loss, metrics: measured });
  return model;
}

const evaluate = (model: tf.LayersModel, labels: tf.Tensor) =>
  tf.tidy(() => [model.evaluate(xs, labels)].flat().map((value) => value.dataSync()[0]!));

for (const [name, { labels, loss }] of Object.entries(CASES)) {
  const make = losses[name as keyof typeof CASES];
  test(`${name} of logits is ${loss.toFixed(4)}, as a metric too, and trains`, async () => {
    const { numTensors } = tf.memory();
    const made = make({ fromLogits: true });
    const model = identity(made, [made, 'accuracy']);
    assert.deepEqual(model.metricsNames, ['loss', name, 'acc']);
    const values = evaluate(model, labels);
    for (const value of values.slice(0, 2)) assert.ok(Math.abs(value - loss) < 1e-4, String(value));
    const { history } = await model.fit(xs, labels, { epochs: 2, verbose: 0 });
    assert.ok(Number(history.loss![1]) < Number(history.loss![0]));
    model.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });

  test(`${name} without fromLogits is that of its name`, () => {
    const probabilities = tf.tensor2d([
      [0.2, 0.3, 0.5],
      [0.1, 0.1, 0.8],
    ]);
    const byHand = make();
    const byName = tf.sequential({ layers: [tf.layers.activation({ activation: 'linear', inputShape: [3] })] });
    byName.compile({ optimizer: 'sgd', loss: name });
    const expected = tf.tidy(() => (byName.evaluate(probabilities, labels) as tf.Scalar).dataSync()[0]!);
    const received = tf.tidy(() => byHand(labels, probabilities).mean().dataSync()[0]!);
    assert.ok(Math.abs(received - expected) < 1e-6);
  });
}

test('a checkpoint and files keep that the outputs are logits', async () => {
  const loss = losses.categoricalCrossentropy({ fromLogits: true });
  const threshold = metrics.binaryAccuracy({ threshold: 0, name: 'right' });
  const model = identity(loss, [loss, threshold]);
  const filepath = join(folder, 'checkpoint.keras');
  await model.fit(xs, rows, { verbose: 0, callbacks: callbacks.modelCheckpoint({ filepath }) });
  await models.saveModel(model, join(folder, 'model.h5'));
  const expected = evaluate(model, rows);
  for (const name of ['checkpoint.keras', 'model.h5']) {
    const loaded = await models.loadModel(join(folder, name));
    assert.deepEqual(loaded.metricsNames, ['loss', 'categoricalCrossentropy', 'right']);
    assert.deepEqual(evaluate(loaded, rows), expected);
    loaded.dispose();
  }
});

test('a backup is of another training where the loss is set otherwise', () => {
  const model = identity(losses.binaryCrossentropy({ fromLogits: true }));
  const prints = [losses.binaryCrossentropy(), losses.binaryCrossentropy({ fromLogits: true })].map((loss) => {
    model.compile({ optimizer: 'sgd', loss });
    return trainingFingerprint(model, []);
  });
  assert.notEqual(prints[0], prints[1]);
});

test('what is no boolean is refused', () => {
  const args: unknown = { fromLogits: 'yes' };
  assert.throws(
    () => losses.binaryCrossentropy(args as losses.CrossentropyArgs),
    /Expected fromLogits to be true or false\. Received: fromLogits=yes/,
  );
});
