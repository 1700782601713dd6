/** `npm run bench`: the chapter's three augmentation layers by Thaw and by Python Keras, alternating in one run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-node';
import { layers } from 'thaw';

const repeats = 7;
const batches = 8;
const batchSize = 32;
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const augmentation = [
  layers.randomFlip({ mode: 'horizontal', seed: 1 }),
  layers.randomRotation({ factor: 0.1, seed: 1 }),
  layers.randomZoom({ heightFactor: 0.2, seed: 1 }),
];

/** Milliseconds a picture. */
function augment(pictures: tf.Tensor): number {
  const start = performance.now();
  for (let batch = 0; batch < batches; batch++)
    tf.tidy(() => {
      const outputs = augmentation.reduce((x, layer) => layer.apply(x, { training: true }) as tf.Tensor, pictures);
      // Reading one pixel is what has the pictures warped.
      outputs.slice([0, 0, 0, 0], [1, 1, 1, 1]).dataSync();
    });
  return (performance.now() - start) / (batches * batchSize);
}

async function main() {
  const pictures = tf.randomUniform([batchSize, 180, 180, 3], 0, 255, 'float32', 1);
  const python = path.resolve(__dirname, '..', '..', '.venv', 'bin', 'python');
  const script = path.join(__dirname, 'augmentation_keras.py');
  const keras = spawn(python, [script, String(batchSize), String(batches)], { stdio: ['pipe', 'pipe', 'ignore'] });
  const answers = createInterface({ input: keras.stdout })[Symbol.asyncIterator]();
  const version = (await answers.next()).value;
  augment(pictures);
  const milliseconds: { thaw: number[]; keras: number[] } = { thaw: [], keras: [] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    milliseconds.thaw.push(augment(pictures));
    keras.stdin.write('again\n');
    milliseconds.keras.push(Number((await answers.next()).value));
  }
  keras.stdin.end();
  await once(keras, 'exit');
  const ratio = median(milliseconds.thaw.map((time, i) => time / milliseconds.keras[i]!));
  console.log(
    `flip, rotation and zoom of a 180x180 picture: Thaw ${median(milliseconds.thaw).toFixed(2)} ms, ` +
      `Keras ${version} ${median(milliseconds.keras).toFixed(2)} ms; ` +
      `Thaw over Keras: ${ratio.toFixed(3)} (median of ${repeats} pairs)`,
  );
}

main();
