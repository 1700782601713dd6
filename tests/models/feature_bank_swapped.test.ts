import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { models, utils } from '../../src';
import * as tf from '../../src/tf';
import { jpeg } from '../support/picture_files';
import { temporaryHome } from '../support/temporary_home';

/** Of the last batch. */
const SWAPPED = 19;
let folder: string;
let home: string;
const file = (index: number) => join(folder, index < 10 ? 'cat' : 'dog', `${index}.jpg`);
const read = () =>
  utils.imageDatasetFromDirectory(folder, { imageSize: [12, 12], batchSize: 4, shuffle: false, labelMode: 'binary' });
/** What the bank holds, whole or in the making. */
const kept = () => (existsSync(join(home, 'feature_bank')) ? readdirSync(join(home, 'feature_bank')) : []);

/** A frozen base and a head; seeded. */
function build(): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  const base = tf.sequential({
    layers: [tf.layers.conv2d({ inputShape: [12, 12, 3], filters: 40, kernelSize: 3, kernelInitializer })],
  });
  base.trainable = false;
  const inputs = tf.input({ shape: [12, 12, 3] });
  const features = tf.layers.flatten().apply(base.apply(inputs));
  const outputs = tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer }).apply(features);
  const model = tf.model({ inputs, outputs: outputs as tf.SymbolicTensor });
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
  return model;
}

async function predicted(dataset: Awaited<ReturnType<typeof read>>, enabled: boolean): Promise<number[]> {
  const output = await models.featureBank({ enabled }).predict(build(), dataset);
  const values = [...output.dataSync()];
  output.dispose();
  return values;
}

/** A dataset one of whose pictures is swapped once it has been asked for its key. */
async function swapped() {
  const dataset = await read();
  const other = await jpeg(31, 30);
  const { key } = dataset;
  dataset.key = async () => {
    const given = await key();
    writeFileSync(file(SWAPPED), other);
    return given;
  };
  return dataset;
}

const changed = () => ({
  message: `${file(SWAPPED)} was changed while the pictures were read: make the dataset anew.`,
});

beforeEach(async () => {
  ({ home, assets: folder } = temporaryHome());
  for (const kind of ['cat', 'dog']) mkdirSync(join(folder, kind));
  for (let index = 0; index < 20; index++) writeFileSync(file(index), await jpeg(20 + index, 30));
});

test('predict() keeps nothing of pictures one of which is swapped meanwhile', async () => {
  const before = await predicted(await read(), false);
  const dataset = await swapped();
  await assert.rejects(predicted(dataset, true), changed());
  assert.deepEqual(kept(), []);
  // As it was: what the bank finds under the same key now is right.
  writeFileSync(file(SWAPPED), await jpeg(20 + SWAPPED, 30));
  const again = await predicted(await read(), true);
  for (const [index, value] of again.entries()) assert.ok(Math.abs(value - before[index]!) < 1e-5);
});

test('fit() trains on none of them', async () => {
  const [model, dataset] = [build(), await swapped()];
  const bank = models.featureBank({ variants: 1 });
  await bank.predict(model, await read()).then((output) => output.dispose());
  writeFileSync(file(0), await jpeg(50, 30)); // another key: the bank has none of it
  const [files, tensors] = [kept(), tf.memory().numTensors];
  await assert.rejects(bank.fit(model, dataset, { epochs: 1 }), changed());
  assert.deepEqual(kept(), files);
  assert.equal(tf.memory().numTensors, tensors);
});
