import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { models, utils } from '../../src';
import * as tf from '../../src/tf';
import { temporaryHome } from '../support/temporary_home';
import { SIZE, writePictures } from './small_bank';

temporaryHome();
const folder = mkdtempSync(path.join(tmpdir(), 'thaw-channels-'));
after(() => rmSync(folder, { recursive: true }));

test('the bank takes pictures of other channels, and none for those that are cropped', async () => {
  await writePictures(folder, { train: 6 });
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  const inputs = tf.input({ shape: [...SIZE, 1] });
  const maps = tf.layers.conv2d({ filters: 120, kernelSize: 3, trainable: false, kernelInitializer }).apply(inputs);
  const outputs = tf.layers.globalAveragePooling2d({}).apply(maps) as tf.SymbolicTensor;
  const model = tf.model({ inputs, outputs });
  const seen: number[][] = [];
  for (const cropToAspectRatio of [false, true, false]) {
    const args = { imageSize: SIZE, labels: null, shuffle: false, colorMode: 'grayscale', cropToAspectRatio } as const;
    const dataset = await utils.imageDatasetFromDirectory(path.join(folder, 'train'), args);
    const [kept, plain] = [models.featureBank(), models.featureBank({ enabled: false })];
    const [features, expected] = [await kept.predict(model, dataset), await plain.predict(model, dataset)];
    assert.deepEqual(features.dataSync(), expected.dataSync());
    seen.push([...features.dataSync()]);
    tf.dispose([features, expected]);
  }
  assert.deepEqual(seen[0], seen[2]);
  assert.notDeepEqual(seen[0], seen[1]);
});
