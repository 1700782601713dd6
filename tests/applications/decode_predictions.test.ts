import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePredictions } from '../../src/applications/decode_predictions';
import * as tf from '../../src/tf';

test('decodePredictions() refuses what is no batch of 1000 classes', async () => {
  for (const shape of [[1000], [2, 10], [1, 1, 1000]]) {
    const wrong = tf.zeros(shape);
    await assert.rejects(decodePredictions(wrong), { message: new RegExp(`\\[${shape.join(',')}\\]$`) });
    wrong.dispose();
  }
});
