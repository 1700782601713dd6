import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModel } from '../../src/saving/load_model';
import { saveModel } from '../../src/saving/save_model';
import type * as tf from '../../src/tf';
import { readFloats, runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import { pictures, predictions, trained } from './trained_model';

const folder = mkdtempSync(join(tmpdir(), 'thaw-formats-'));
const inFolder = (...names: string[]) => join(folder, ...names);
after(() => rmSync(folder, { recursive: true }));

let model: tf.LayersModel;
const floats = (name: string) => readFloats(inFolder(name));

before(async () => {
  model = await trained();
  await saveModel(model, inFolder('thaw.h5'));
  writeFileSync(inFolder('pictures.f32'), pictures.dataSync());
  runKeras(join(__dirname, 'model_formats_keras.py'), folder);
});

test('loadModel() opens the .h5 of Python Keras: trained, half frozen, nested', async (t) => {
  const loaded = await loadModel(inFolder('python.h5'));
  reportWorst(
    t,
    'legacy .h5, saved by Keras, opened here',
    relativeError(predictions(loaded), floats('python.f32')),
    1e-4,
  );
  assert.deepEqual(
    loaded.trainableWeights.map(({ originalName }) => originalName),
    ['norm/gamma', 'norm/beta', 'top/kernel', 'top/bias', 'dense/kernel', 'dense/bias'],
  );
  assert.equal(loaded.optimizer.iterations, 8);
  assert.equal(loaded.loss, 'binaryCrossentropy');
  loaded.dispose();
});

test('saveModel() writes a .h5 that Python Keras opens and trains on', (t) => {
  const answer = JSON.parse(readFileSync(inFolder('answer.json'), 'utf8'));
  reportWorst(
    t,
    'legacy .h5, saved here, opened by Keras',
    relativeError(floats('thaw.f32'), predictions(model)),
    1e-4,
  );
  assert.equal(answer.class, 'Functional');
  assert.deepEqual(answer.trainable, ['norm', 'norm', 'top', 'top', 'dense', 'dense']);
  assert.equal(answer.loss, 'binary_crossentropy');
  assert.equal(answer.optimizer.rho, 0.9);
  assert.ok(answer.trains);
  assert.deepEqual(answer.warnings, []);
});
