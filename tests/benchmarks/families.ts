/**
 * `npm run bench`: what each pretrained family takes to predict by Thaw and by Python Keras, alternating in one run. Both
 * have the same random weights and pictures, and must agree on what comes of them. `npm run bench -- families mobileNet`
 * measures one of them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-node';
import { applications } from 'thaw';
import { readFloats } from '../support/keras';
import { relativeError } from '../support/parity';

/** Each family's name in Keras. */
const NETWORKS = {
  vgg16: 'VGG16',
  vgg19: 'VGG19',
  resnet50: 'ResNet50',
  resnet50V2: 'ResNet50V2',
  xception: 'Xception',
  denseNet121: 'DenseNet121',
  mobileNet: 'MobileNet',
  mobileNetV2: 'MobileNetV2',
  efficientNetB0: 'EfficientNetB0',
};
const repeats = 7;
const batchSize = 32;
const size = 180;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-families-'));
const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
const median = (values: number[]) => sorted(values)[values.length >> 1]!;

const python = path.resolve(__dirname, '..', '..', '.venv', 'bin', 'python');
const script = path.join(__dirname, 'families_keras.py');
const keras = spawn(python, [script, String(batchSize), String(size)], { stdio: ['pipe', 'pipe', 'ignore'] });
const answers = createInterface({ input: keras.stdout })[Symbol.asyncIterator]();

/** Has Python Keras prepare a network, or predict with it once. */
async function ask(task: { network: string; folder: string } | null) {
  keras.stdin.write(`${JSON.stringify(task)}\n`);
  return JSON.parse((await answers.next()).value);
}

/** Milliseconds a picture, reading what comes of it included, as in Keras. */
function predict(model: tf.LayersModel, pictures: tf.Tensor): { milliseconds: number; values: ArrayLike<number> } {
  const start = performance.now();
  const output = model.predict(pictures, { batchSize }) as tf.Tensor;
  const values = output.dataSync();
  output.dispose();
  return { milliseconds: (performance.now() - start) / batchSize, values };
}

async function compare(network: keyof typeof NETWORKS): Promise<string> {
  const version = (await ask({ network: NETWORKS[network], folder })).keras;
  const weights = path.join(folder, 'model.weights.h5');
  const model = await applications[network]({ weights, includeTop: false, inputShape: [size, size, 3] });
  const pictures = tf.tensor(readFloats(path.join(folder, 'pictures')), [batchSize, size, size, 3]);
  const error = relativeError(predict(model, pictures).values, readFloats(path.join(folder, 'outputs')));
  if (!(error <= 1e-4)) throw new Error(`${network}: the outputs differ by ${error}`);
  await ask(null);
  predict(model, pictures);
  const times: { thaw: number[]; keras: number[] } = { thaw: [], keras: [] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    times.thaw.push(predict(model, pictures).milliseconds);
    times.keras.push((await ask(null)).milliseconds);
  }
  model.dispose();
  pictures.dispose();
  const ratios = sorted(times.thaw.map((time, i) => time / times.keras[i]!));
  return (
    `${network}: Thaw ${median(times.thaw).toFixed(1)} ms a picture, Keras ${version} ${median(times.keras).toFixed(1)} ms; ` +
    `Thaw over Keras: ${median(ratios).toFixed(3)} (median of ${repeats} pairs, ` +
    `${ratios[0]!.toFixed(3)} to ${ratios.at(-1)!.toFixed(3)}); outputs differ by ${error.toExponential(1)}`
  );
}

async function main() {
  const chosen = process.argv.slice(2);
  for (const network of (chosen.length > 0 ? chosen : Object.keys(NETWORKS)) as (keyof typeof NETWORKS)[]) {
    console.log(await compare(network));
  }
  keras.stdin.end();
  await once(keras, 'exit');
}

main().finally(() => {
  keras.kill();
  fs.rmSync(folder, { recursive: true });
});
