/**
 * `npm run bench -- accuracy`: the chapter's three stages, with the chapter's epochs, from three seeds; prints the test
 * accuracies and their means. It takes an hour; `npm run bench -- accuracy 2` runs one seed. The augmented variants in the
 * feature bank are the same for all seeds; first weights, order, dropout and which variant comes when are not.
 * `--dtype bfloat16`: with a bank in bfloat16.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-node';
import { callbacks, datasets, models, utils } from 'thaw';
import { compile, endToEnd, extractor, frozenBase, imageSize, thaw, withHead } from './chapter_model.cjs';

const { values, positionals } = parseArgs({
  options: { dtype: { type: 'string', default: 'float32' } },
  allowPositionals: true,
});
const seeds = positionals.length > 0 ? positionals.map(Number) : [1, 2, 3];
if (!seeds.every(Number.isInteger))
  throw new Error(`Expected seeds, whole numbers. Received: ${positionals.join(' ')}.`);
const dtype = values.dtype as 'float32' | 'bfloat16'; // the bank checks it
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-chapter-'));
  const folders = await datasets.catsVsDogs();
  const read = (directory: string, shuffle: boolean) =>
    utils.imageDatasetFromDirectory(directory, { imageSize, batchSize: 32, shuffle, labelMode: 'binary' });
  const train = await read(folders.train, true);
  const validation = await read(folders.validation, false);
  const test = await read(folders.test, false);

  async function stages(seed: number): Promise<number[]> {
    const bank = models.featureBank({ seed, cuts: ['block4_pool'], dtype });
    const checkpoint = (name: string) => {
      const filepath = path.join(folder, `${name}.keras`);
      return { filepath, callback: callbacks.modelCheckpoint({ filepath, saveBestOnly: true, monitor: 'val_loss' }) };
    };

    // 1. Features once, then a head.
    utils.setRandomSeed(seed);
    const convBase = await frozenBase();
    const base = extractor(convBase);
    const features = await Promise.all([bank.predict(base, train), bank.predict(base, validation)]);
    const places = [train, validation].map(({ filePaths }) => [...filePaths.keys()]);
    const labels = [train.labelsOf(places[0]!), validation.labelsOf(places[1]!)];
    const inputs = tf.input({ shape: [5, 5, 512] });
    const small = compile(tf.model({ inputs, outputs: withHead(inputs) }), 0.001);
    const first = checkpoint('feature_extraction');
    await small.fit(features[0]!, labels[0]!, {
      epochs: 20,
      validationData: [features[1]!, labels[1]!],
      callbacks: [first.callback],
      verbose: 0,
    });
    const bestHead = await models.loadModel(first.filepath);
    const testFeatures = await bank.predict(base, test);
    const testLabels = test.labelsOf([...test.filePaths.keys()]);
    const result = bestHead.evaluate(testFeatures, testLabels) as tf.Scalar[];
    const accuracies = [result[1]!.dataSync()[0]!];
    tf.dispose([features, labels, testFeatures, testLabels, result]);
    console.log(`seed ${seed}, feature extraction: ${accuracies[0]!.toFixed(4)}`);

    // 2. The whole model on augmented pictures, its base frozen.
    utils.setRandomSeed(seed);
    const model = endToEnd(convBase);
    const second = checkpoint('feature_extraction_with_data_augmentation');
    await bank.fit(model, train, { epochs: 50, validationData: validation, callbacks: [second.callback] });
    const augmented = await models.loadModel(second.filepath);
    accuracies.push((await bank.evaluate(augmented, test))[1]!);
    console.log(`seed ${seed}, with data augmentation: ${accuracies[1]!.toFixed(4)}`);

    // 3. The last four layers of the base thaw.
    utils.setRandomSeed(seed);
    thaw(augmented);
    const third = checkpoint('fine_tuning');
    await bank.fit(augmented, train, { epochs: 30, validationData: validation, callbacks: [third.callback] });
    const tuned = await models.loadModel(third.filepath);
    accuracies.push((await bank.evaluate(tuned, test))[1]!);
    console.log(`seed ${seed}, fine-tuning: ${accuracies[2]!.toFixed(4)}`);
    for (const each of [small, bestHead, model, augmented, tuned]) each.dispose();
    return accuracies;
  }

  const rows: number[][] = [];
  for (const seed of seeds) rows.push(await stages(seed));
  const means = [0, 1, 2].map((stage) => mean(rows.map((row) => row[stage]!)).toFixed(4));
  console.log(`mean of seeds ${seeds.join(', ')}: ${means.join(' / ')} (Keras's chapter: 0.974 / 0.976 / 0.979)`);
  fs.rmSync(folder, { recursive: true });
}

void main();
