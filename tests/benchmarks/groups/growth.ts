import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import { applications, datasets, models, utils } from 'thaw';
import { endToEnd, frozenBase, imageSize, inputShape } from '../chapter_model.cjs';
import { chosenPictures } from '../chosen_pictures';
import { type Extent, median, type Row, seconds } from '../compare';
import { emptyBank } from '../empty_bank';
import { flop } from '../flop';
import type { Side } from '../side';

/** Of pictures that each mark is a whole number of batches. */
const BATCH_SIZE = 20;
const EPOCHS = 10;

/** How time grows with the number of pictures, to features; and, with the bank, with the number K of variants. */
export async function* growth(keras: Side, { quick }: Extent, folder: string): AsyncGenerator<Row> {
  const row = { group: 'growth', unit: 's' as const };
  const { train } = await datasets.catsVsDogs();
  const all = path.join(folder, 'all');
  if (quick) chosenPictures(train, 100, all);
  else fs.symlinkSync(path.dirname(train), all);
  const marks = quick ? [20, 40, 60, 100] : [500, 1000, 2000, 5000];
  await keras.ask('prepare_network', { network: 'MobileNetV2', weights: null, folder });
  const theirs = await keras.ask<number[]>('extract_by_marks', { directory: all, batch_size: BATCH_SIZE, marks });
  const saved = path.join(folder, 'model.weights.h5');
  const network = await applications.mobileNetV2({ weights: saved, includeTop: false, inputShape });
  const ours = await extractByMarks(network, all, marks);
  for (const [index, mark] of marks.entries()) {
    const values = { thaw: [ours[index]!], keras: [theirs[index]!], flop: mark * flop(network) };
    yield { ...row, name: `MobileNetV2's features of ${mark} pictures`, ...values };
  }
  network.dispose();

  const few = path.join(folder, 'few');
  const count = quick ? 16 : 48;
  chosenPictures(train, count, few);
  const dataset = await utils.imageDatasetFromDirectory(few, { imageSize, shuffle: false, labelMode: 'binary' });
  const weights = await applications.imagenetWeights('vgg16_notop');
  await keras.ask('prepare_chapter', { weights, train: few, validation: few, stage: 2 });
  await keras.ask('warm_up');
  const epochs: number[] = [];
  for (let epoch = 0; epoch < 2; epoch++) epochs.push(await keras.ask('fit', { validation: false }));
  for (const variants of quick ? [1, 2] : [1, 2, 5, 10]) {
    emptyBank(folder);
    const model = endToEnd(await frozenBase());
    const took = await seconds(() => models.featureBank({ variants, seed: 1 }).fit(model, dataset, { epochs: EPOCHS }));
    const name = `${EPOCHS} epochs of augmented training on ${count} pictures, K = ${variants}`;
    const how = `Thaw from an empty bank; of Keras's epochs ${epochs.length} measured, and scaled`;
    yield { ...row, name, thaw: [took], keras: [EPOCHS * median(epochs)], how };
    model.dispose();
  }
}

/** The seconds after which the features of so many pictures were there as each mark says. */
async function extractByMarks(model: tf.LayersModel, directory: string, marks: number[]): Promise<number[]> {
  const options = { imageSize, batchSize: BATCH_SIZE, shuffle: false, labelMode: null };
  const dataset = await utils.imageDatasetFromDirectory(directory, options);
  tf.dispose(tf.tidy(() => model.predict(tf.zeros([BATCH_SIZE, ...imageSize, 3])))); // making the graph does not count
  const features: tf.Tensor[] = [];
  const times: number[] = [];
  const start = performance.now();
  for await (const pictures of dataset) {
    features.push(tf.tidy(() => model.predict(applications.mobileNetV2.preprocessInput(pictures)) as tf.Tensor));
    pictures.dispose();
    if (marks.includes(features.length * BATCH_SIZE)) times.push((performance.now() - start) / 1000);
  }
  tf.dispose(features);
  return times;
}
