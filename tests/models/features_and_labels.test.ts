import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { temporaryHome } from '../support/temporary_home';
import { read, smallModel, writePictures } from './small_bank';

test('featuresAndLabels() gives what the model gives for each picture, with its label', async () => {
  const folder = temporaryHome().assets;
  await writePictures(folder, { train: 12 });
  const [model, dataset] = [smallModel(), await read(join(folder, 'train'))];
  const expected = await models.featureBank({ enabled: false }).predict(model, dataset);
  const before = tf.memory().numTensors;
  for (const enabled of [true, false]) {
    const { features, labels } = await models.featureBank({ enabled }).featuresAndLabels(model, dataset);
    assert.deepEqual(features.shape, expected.shape);
    assert.ok(tf.tidy(() => features.sub(expected).abs().max().dataSync()[0]! < 1e-6));
    const classes = dataset.filePaths.map((path) => dataset.classNames.findIndex((name) => path.includes(`/${name}/`)));
    assert.deepEqual([...labels.dataSync()], classes);
    tf.dispose([features, labels]);
  }
  assert.equal(tf.memory().numTensors, before);
});
