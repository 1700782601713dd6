import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';
import { relativeError } from '../support/parity';
import { temporaryFolder } from './written_models';

const folder = temporaryFolder('class-names');

test('Python Keras opens a .keras and a .h5 with class names, without a warning', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2], activation: 'softmax' })] });
  model.compile({ optimizer: 'rmsprop', loss: 'categoricalCrossentropy' });
  const names = ['named.keras', 'named.h5'];
  for (const name of names) await models.saveModel(model, join(folder, name), { classNames: ['cat', 'dog', '猫'] });
  runKeras(join(__dirname, 'class_names_keras.py'), folder);
  const answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'));
  const expected = tf.tidy(() => (model.predict(tf.ones([1, 2])) as tf.Tensor).dataSync<'float32'>());
  for (const name of names) {
    const { outputs, warnings, trains } = answers[name];
    assert.ok(relativeError(Float32Array.from(outputs), expected) < 1e-5, name);
    assert.deepEqual(warnings, []);
    assert.ok(trains);
  }
});
