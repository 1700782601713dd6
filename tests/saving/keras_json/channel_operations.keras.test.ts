import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModel } from '../../../src/saving/load_model';
import { saveModel } from '../../../src/saving/save_model';
import * as tf from '../../../src/tf';
import { layerPaths } from '../../../src/tfjs/layer_paths';
import { readFloats, runKeras } from '../../support/keras';
import { relativeError, reportWorst } from '../../support/parity';

const folder = mkdtempSync(join(tmpdir(), 'thaw-channels-'));
const inFolder = (name: string) => join(folder, name);
const floats = (name: string) => readFloats(inFolder(name));
after(() => rmSync(folder, { recursive: true }));

before(() => {
  runKeras(join(__dirname, 'channel_operations_keras.py'), folder);
});

function predict(model: tf.LayersModel): Float32Array {
  return tf.tidy(() => {
    const pictures = tf.tensor(floats('pictures.f32'), [4, 16, 12, 3]);
    return (model.predict(pictures) as tf.Tensor).dataSync<'float32'>();
  });
}

for (const [name, layers] of Object.entries({
  families: ['add (12)', 'subtract (12)', 'true_divide_2 (12)', 'add_2 (42)'],
  last: ['add_3 (12)'],
  by_hand: ['negative (8)'],
  twice: ['add (12)', 'add (12)'],
}))
  test(`loadModel() makes frozen convolutions of Python's preprocess_input: ${name}`, async (t) => {
    const tensors = tf.memory().numTensors;
    const model = await loadModel(inFolder(`${name}.keras`));
    const frozen = layerPaths(model).filter(({ layer }) => !layer.trainable && layer.weights.length > 0);
    assert.deepEqual(
      frozen.map(({ layer }) => `${layer.name} (${layer.countParams()})`),
      layers,
    );
    const group = `preprocess_input within a model, saved by Keras, opened here (${name})`;
    reportWorst(t, group, relativeError(predict(model), floats(`${name}.f32`)), 1e-4);
    await saveModel(model, inFolder('again.keras'));
    const again = await loadModel(inFolder('again.keras'));
    assert.deepEqual(predict(again), predict(model));
    model.dispose();
    again.dispose();
    assert.equal(tf.memory().numTensors, tensors);
  });

test('loadModel() names an operation that is none on channels, or gives one channel without its axis', async () => {
  await assert.rejects(loadModel(inFolder('other.keras')), /The operation 'sin' \(Sin\) can't be loaded/);
  await assert.rejects(loadModel(inFolder('one_channel.keras')), /The operation 'get_item_\d+' can't be loaded/);
});
