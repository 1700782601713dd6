import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../src/models';
import * as tf from '../../src/tf';
import { relativeError } from '../support/parity';

const folder = join(__dirname, 'keras2_layers');
const expected: { pictures: number[]; predictions: number[] } = JSON.parse(
  readFileSync(join(folder, 'expected.json')).toString(),
);

for (const name of ['layers.h5', 'layers.keras'])
  test(`the layers of Keras 2.15, its own hard_sigmoid among them, are loaded from ${name}`, async () => {
    const numTensors = tf.memory().numTensors;
    const model = await loadModel(join(folder, name));
    tf.tidy(() => {
      const predictions = model.predict(tf.tensor(expected.pictures, [2, 9, 8, 3])) as tf.Tensor;
      assert.ok(relativeError(predictions.dataSync(), expected.predictions) < 1e-5);
    });
    model.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });
