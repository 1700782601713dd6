import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { temporaryFolder } from '../saving/written_models';
import { readFloats, runKeras } from '../support/keras';

const folder = temporaryFolder('grad-cam');

interface Asked {
  name: string;
  layerName: string;
  classIndex: number;
  heatmap: number[][];
}

test("gradCam gives the heatmaps of Keras's example", async () => {
  const asked: Asked[] = JSON.parse(runKeras(join(__dirname, 'grad_cam_keras.py'), folder));
  const image = tf.tensor3d(readFloats(join(folder, 'picture.f32')), [20, 24, 3]);
  assert.equal(asked.length, 11);
  for (const { name, layerName, classIndex, heatmap } of asked) {
    const model = await models.loadModel(join(folder, `${name}.keras`));
    const given = models.gradCam(model, image, { layerName, classIndex });
    const expected = tf.tensor2d(heatmap);
    assert.deepEqual(given.shape, expected.shape, `${name} ${layerName}`);
    const [difference] = given.sub(expected).abs().max().dataSync();
    assert.ok(difference! < 1e-4, `${name}, ${layerName}, class ${classIndex}: ${difference}`);
    model.dispose();
  }
});
