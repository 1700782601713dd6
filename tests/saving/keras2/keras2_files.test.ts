import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { loadModel } from '../../../src/saving/load_model';
import { loadWeights } from '../../../src/saving/load_weights';
import { saveModel } from '../../../src/saving/save_model';
import * as tf from '../../../src/tf';
import { furthest, type Keras2Files, keras2Files, warnings } from './opened';

// Keras 3 has no such optimizer: the model is loaded without one.
const UNMATCHED = /^scheduled\./;
// Its optimizer begins anew: a `.keras` keeps nothing of what a legacy one remembers, and Keras itself can't train it on.
const NOT_TRAINED_ON = /^legacy_adam\.keras$/;

for (const version of ['2.12', '2.13', '2.15']) {
  let kept: Keras2Files;
  before(async () => {
    kept = await keras2Files(`keras_${version}`);
  });

  const predict = (model: tf.LayersModel) =>
    tf.tidy(() => (model.predict(tf.tensor(kept.xs, [4, 8, 8, 3])) as tf.Tensor).dataSync<'float32'>());

  async function trainOn(model: tf.LayersModel): Promise<unknown> {
    const [xs, ys] = [tf.tensor(kept.xs, [4, 8, 8, 3]), tf.tensor(kept.ys)];
    const { history } = await model.fit(xs, ys, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 });
    tf.dispose([xs, ys]);
    return history.loss;
  }

  const whole = () => Object.entries(kept.files).filter(([name]) => !name.endsWith('.weights.h5'));

  test(`loadModel() gives what Keras ${version} predicts, whatever models lie in the model`, async () => {
    for (const [name, { predictions }] of whole()) {
      const { numTensors } = tf.memory();
      await warnings(async () => {
        const model = await loadModel(join(kept.folder, name));
        const difference = furthest(predict(model), predictions);
        assert.ok(difference < 1e-5, `${name}: ${difference}`);
        model.dispose();
      });
      assert.equal(tf.memory().numTensors, numTensors, name);
    }
  });

  test(`loadWeights() takes what save_weights() of Keras ${version} has written, by the order of the layers`, async () => {
    const files = Object.entries(kept.files).filter(([name]) => name.endsWith('.weights.h5'));
    assert.equal(files.length, 3);
    for (const [name, { predictions }] of files) {
      const model = await loadModel(join(kept.folder, name.replace('.weights.h5', '.keras')));
      tf.tidy(() => {
        for (const weight of model.weights) weight.write(tf.zerosLike(weight.read()));
      });
      await loadWeights(model, join(kept.folder, name));
      const difference = furthest(predict(model), predictions);
      assert.ok(difference < 1e-5, `${name}: ${difference}`);
      model.dispose();
    }
  });

  test(`the optimizers of Keras ${version} go on as they do there, with what they remember`, async () => {
    const trained = whole().filter(([, { loss }]) => loss);
    for (const [name, { loss, then }] of trained.filter(([name]) => !UNMATCHED.test(name))) {
      const { numTensors } = tf.memory();
      const warned = await warnings(async () => {
        const model = await loadModel(join(kept.folder, name));
        const losses = (await trainOn(model)) as number[];
        const differences = [furthest(losses, loss!), furthest(predict(model), then!)];
        assert.ok(differences[0]! < 1e-4 && differences[1]! < 1e-5, `${name}: ${differences}`);
        // What is saved here trains on, too.
        if (name === 'amsgrad.h5') {
          await saveModel(model, join(kept.folder, 'again.keras'));
          const again = await loadModel(join(kept.folder, 'again.keras'));
          assert.ok(furthest((await trainOn(again)) as number[], (await trainOn(model)) as number[]) < 1e-6);
          again.dispose();
        }
        model.dispose();
      });
      assert.deepEqual(warned, [], name);
      assert.equal(tf.memory().numTensors, numTensors, name);
    }
    const untrained = Object.keys(kept.files).filter((name) => /adam|sgd|momentum|rmsprop|nesterov/.test(name));
    const missing = untrained.filter((name) => !kept.files[name]!.loss);
    assert.deepEqual(missing, version === '2.15' ? [] : missing.filter((name) => NOT_TRAINED_ON.test(name)));
  });

  test(`what no optimizer here matches in a file of Keras ${version} is told`, async () => {
    for (const name of ['scheduled.h5', 'scheduled.keras']) {
      const warned = await warnings(async () => {
        const model = await loadModel(join(kept.folder, name));
        assert.ok(!model.optimizer);
        model.dispose();
      });
      assert.equal(warned.length, 1);
      assert.match(warned[0]!, /not compiled: tfjs has no match for the optimizer Adam with learning_rate=/);
    }
  });
}
