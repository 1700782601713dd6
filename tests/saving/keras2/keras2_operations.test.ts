import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { loadModel } from '../../../src/saving/load_model';
import { saveModel } from '../../../src/saving/save_model';
import * as tf from '../../../src/tf';
import { furthest, type Keras2Files, keras2Files } from './opened';

/** What no layer here does: a function that nobody writes before a network, and those of two kinds. */
const UNKNOWN = /^(unknown_\w+|divides|root|unstacked)\./;

for (const version of ['2.12', '2.13', '2.15']) {
  let kept: Keras2Files;
  before(async () => {
    kept = await keras2Files(`operations_${version}`);
  });

  const predict = (model: tf.LayersModel) =>
    tf.tidy(() => (model.predict(tf.tensor(kept.xs, [4, 8, 8, 3])) as tf.Tensor).dataSync<'float32'>());

  test(`loadModel() puts layers in the place of the operations of Keras ${version}, and saves them`, async () => {
    const known = Object.entries(kept.files).filter(([name]) => !UNKNOWN.test(name));
    assert.ok(known.length >= 15);
    const again = join(kept.folder, 'again.keras');
    for (const [name, { predictions }] of known) {
      const { numTensors } = tf.memory();
      const model = await loadModel(join(kept.folder, name));
      const difference = furthest(predict(model), predictions);
      assert.ok(difference < 1e-5, `${name}: ${difference}`);
      await saveModel(model, again);
      const reloaded = await loadModel(again);
      assert.ok(furthest(predict(reloaded), predictions) < 1e-5, `${name}, saved and loaded`);
      model.dispose();
      reloaded.dispose();
      assert.equal(tf.memory().numTensors, numTensors, name);
    }
    assert.ok(existsSync(again));
  });

  test(`loadModel() names an operation of Keras ${version} that nothing stands in for`, async () => {
    const { numTensors } = tf.memory();
    const unknown = Object.keys(kept.files).filter((name) => UNKNOWN.test(name));
    assert.ok(unknown.length >= 4);
    for (const name of unknown) {
      await assert.rejects(loadModel(join(kept.folder, name)), {
        name: 'ModelFileError',
        message: /The operation 'tf\.\w+\.?\w*' \(\w+\) can't be loaded\. Expected .*/,
      });
    }
    await assert.rejects(
      loadModel(join(kept.folder, 'unknown_sine.h5')),
      /'tf\.math\.sin' \(TFOpLambda\).* Received: tf\.math\.sin with \{\}/,
    );
    assert.equal(tf.memory().numTensors, numTensors);
  });
}
