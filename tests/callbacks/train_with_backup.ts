// Trains a small net in `folder` with a backup, by `fit` or by `fitDataset`. It dies, or is interrupted, in the way and
// in the epoch that are asked for; else it prints its final weights' and its slots' hash, its history, and what the
// checkpoint holds.
import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { callbacks, models, utils } from '../../src';
import * as tf from '../../src/tf';

const [folder, method, end, endEpoch] = process.argv.slice(2) as [string, 'fit' | 'fitDataset', string?, string?];
const backupDir = join(folder, 'backup');
const filepath = join(folder, 'best/best.keras');
const EPOCHS = 8;

const die = () => process.kill(process.pid, 'SIGKILL');
const atEnd = new tf.CustomCallback({
  onBatchEnd: (batch) => {
    if (batch !== 1 || epoch !== Number(endEpoch)) return;
    if (end === 'epoch') die();
    if (end === 'interrupt') process.kill(process.pid, 'SIGINT');
  },
  onEpochBegin: (begun) => {
    epoch = begun;
  },
  onEpochEnd: () => {
    if (epoch !== Number(endEpoch)) return;
    if (end === 'backup') watch(backupDir, { persistent: false }, die);
    if (end === 'checkpoint') watch(join(folder, 'best'), { persistent: false }, die);
  },
});
let epoch = -1;

async function train(): Promise<void> {
  utils.setRandomSeed(3);
  const xs = tf.randomNormal([60, 20], 0, 1, 'float32', 7);
  const ys = tf.tidy(() => xs.slice([0, 0], [60, 3]).prod(1, true).greater(0).toFloat());
  // From these weights the second epoch is better than the first, and saved.
  const kernelInitializer = 'glorotNormal';
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2000, activation: 'relu', kernelInitializer, inputShape: [20] }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: 300, activation: 'relu', kernelInitializer }),
      tf.layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
  });
  model.compile({
    optimizer: method === 'fit' ? 'rmsprop' : 'adam',
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
  const row = [
    callbacks.backupAndRestore({ backupDir }),
    atEnd,
    callbacks.modelCheckpoint({ filepath, saveBestOnly: true, mode: 'min' }),
    callbacks.progress(),
  ];
  const settings = { epochs: EPOCHS, verbose: 0, callbacks: row };
  const dataset = tf.data
    .zip({ xs: tf.data.array(xs.arraySync() as number[][]), ys: tf.data.array(ys.arraySync() as number[][]) })
    .shuffle(60, '5')
    .batch(16);
  const { epoch: epochs, history } =
    method === 'fit'
      ? await model.fit(xs, ys, { ...settings, batchSize: 16, validationSplit: 0.2 })
      : await model.fitDataset(dataset, { ...settings, validationData: dataset });
  const hash = createHash('sha256');
  for (const weight of model.getWeights()) hash.update(weight.dataSync());
  for (const { tensor } of await model.optimizer.getWeights()) hash.update(tensor.dataSync());
  const best = await models.loadModel(filepath);
  const bestHash = createHash('sha256');
  for (const weight of best.getWeights()) bestHash.update(weight.dataSync());
  console.log(
    JSON.stringify({ epochs, history, hash: hash.digest('hex'), best: bestHash.digest('hex'), next: Math.random() }),
  );
}

void train();
