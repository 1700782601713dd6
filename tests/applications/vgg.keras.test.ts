import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { imagenetWeights } from '../../src/applications/imagenet_weights';
import { vgg16 } from '../../src/applications/vgg';
import { catsVsDogs } from '../../src/datasets/cats_vs_dogs';
import * as tf from '../../src/tf';
import { readFloats, runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import { PUBLISHED } from '../support/published_weights';

const folder = mkdtempSync(join(tmpdir(), 'thaw-vgg-'));
let base: tf.LayersModel;
before(async () => {
  base = await vgg16({ weights: 'imagenet', includeTop: false, inputShape: [180, 180, 3] });
});
after(() => rmSync(folder, { recursive: true }));

test('vgg16() holds the published ImageNet weights', () => {
  for (const [layer, weight, at, value] of PUBLISHED) {
    const weights = base.getLayer(layer).getWeights()[weight]!;
    const actual = tf.tidy(() =>
      weights
        .slice(
          at,
          at.map(() => 1),
        )
        .dataSync(),
    )[0]!;
    assert.ok(Math.abs(actual - value) <= 1e-7 * Math.max(1, Math.abs(value)), `${layer} ${at}: ${actual}`);
  }
});

test('vgg16() gives 8 pictures the features that Python Keras gives them', async (t) => {
  const { test: directory } = await catsVsDogs();
  const files = ['cat', 'dog'].flatMap((name) =>
    readdirSync(join(directory, name))
      .sort()
      .slice(0, 4)
      .map((file) => join(directory, name, file)),
  );
  const pictures = tf.tidy(() =>
    tf.stack(
      files.map((file) =>
        tf.image.resizeBilinear(tf.node.decodeImage(readFileSync(file), 3) as tf.Tensor3D, [180, 180]),
      ),
    ),
  );
  writeFileSync(join(folder, 'pictures.f32'), pictures.dataSync());
  runKeras(join(__dirname, 'vgg_keras.py'), folder, await imagenetWeights('vgg16_notop'));
  const expected = (name: string) => readFloats(join(folder, name));

  const inputs = vgg16.preprocessInput(pictures);
  const symbolic = tf.input({ shape: [180, 180, 3] });
  const preprocess = tf.model({ inputs: symbolic, outputs: vgg16.preprocessInput(symbolic) });
  const fromLayer = preprocess.predict(pictures) as tf.Tensor;
  const features = base.predict(inputs) as tf.Tensor;
  assert.deepEqual(features.shape, [8, 5, 5, 512]);
  assert.ok(expected('features.f32').some((value) => value > 1));
  reportWorst(t, 'preprocessInput() of pictures', relativeError(inputs.dataSync(), expected('inputs.f32')), 1e-6);
  reportWorst(t, 'preprocessInput() as a layer', relativeError(fromLayer.dataSync(), expected('inputs.f32')), 1e-6);
  reportWorst(t, "VGG16's features", relativeError(features.dataSync(), expected('features.f32')), 1e-4);
  preprocess.dispose();
  tf.dispose([pictures, inputs, fromLayer, features]);
});

test('vgg16() names the weights of another network and frees what it had made', async () => {
  const tensors = tf.memory().numTensors;
  const weights = await imagenetWeights('vgg16_notop');
  await assert.rejects(
    vgg16({ weights, inputShape: [32, 32, 3], classes: 2 }),
    /don't fit the model 'vgg16'[\s\S]*predictions: not in the file/,
  );
  assert.equal(tf.memory().numTensors, tensors);
});
