/**
 * `npm run bench`: VGG16's features of the same pictures by Thaw and by Python Keras, alternating in one run, reading and
 * decoding included.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-node';
import { applications, datasets, utils } from 'thaw';

const root = path.resolve(__dirname, '..', '..');
const repeats = 3;
const batchSize = 32;
const imageSize: [number, number] = [180, 180];
const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Peak resident memory of this process and of those that it started, in bytes (Linux). */
function peakMemory(): number {
  const children = fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const peaks = ['self', ...children.filter((pid) => pid !== '' && Number(pid) !== keras.pid)].map((pid) => {
    const status = fs.existsSync(`/proc/${pid}/status`) ? fs.readFileSync(`/proc/${pid}/status`, 'utf8') : '';
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  });
  return peaks.reduce((sum, peak) => sum + peak, 0);
}

async function extract(directory: string) {
  const dataset = await utils.imageDatasetFromDirectory(directory, { imageSize, batchSize, shuffle: false });
  const features: tf.Tensor[] = [];
  const labels: tf.Tensor[] = [];
  for await (const { xs, ys } of dataset) {
    const preprocessed = applications.vgg16.preprocessInput(xs);
    features.push(convBase.predict(preprocessed, { batchSize: 16 }) as tf.Tensor);
    labels.push(ys);
    tf.dispose([xs, preprocessed]);
    peak = Math.max(peak, peakMemory());
  }
  const all = { features: tf.concat(features), labels: tf.concat(labels) };
  tf.dispose([features, labels]);
  return all;
}

let peak = 0;
let convBase: tf.LayersModel;
let keras: ReturnType<typeof spawn>;

async function main() {
  const { validation } = await datasets.catsVsDogs();
  convBase = await applications.vgg16({ weights: 'imagenet', includeTop: false, inputShape: [...imageSize, 3] });
  const python = path.join(root, '.venv', 'bin', 'python');
  const script = path.join(__dirname, 'extraction_keras.py');
  keras = spawn(python, [script, await applications.imagenetWeights('vgg16_notop'), String(batchSize)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const answers = createInterface({ input: keras.stdout! })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await answers.next()).value);
  const version = (await answer()).keras;
  const seconds: { thaw: number[]; keras: number[] } = { thaw: [], keras: [] };
  let kerasPeak = 0;
  for (let repeat = 1; repeat <= repeats; repeat++) {
    const start = performance.now();
    tf.dispose(Object.values(await extract(validation)));
    seconds.thaw.push((performance.now() - start) / 1000);
    keras.stdin!.write(`${validation}\n`);
    const reply = await answer();
    seconds.keras.push(reply.seconds);
    kerasPeak = reply.peak;
    console.log(`repeat ${repeat}: Thaw ${seconds.thaw.at(-1)!.toFixed(1)} s, Keras ${reply.seconds.toFixed(1)} s`);
  }
  keras.stdin!.end();
  await once(keras, 'exit');
  const ratio = median(seconds.thaw.map((time, i) => time / seconds.keras[i]!));
  console.log(
    `1000 pictures to features, Thaw over Keras ${version}: ${ratio.toFixed(3)} (median of ${repeats} pairs)`,
  );
  console.log(`peak memory: Thaw ${megabytes(peak)}, Keras ${megabytes(kerasPeak)}`);
}

main();
