/**
 * Thaw in a process of its own, where start-up or memory is measured: each line on standard input is a task in JSON,
 * answered with JSON. JavaScript, since a compiler in the process would count.
 */
const fs = require('node:fs');
const { createInterface } = require('node:readline');
const tf = require('@tensorflow/tfjs-node');
const { applications, models, utils } = require('thaw');
const { endToEnd, frozenBase, imageSize, inputShape, thaw } = require('./chapter_model.cjs');

const answer = process.stdout.write.bind(process.stdout);
console.log = () => {}; // what Thaw tells is no answer

const vgg16 = () => applications.vgg16({ includeTop: false, inputShape });

/** Peak resident memory of this process and of those that it started, in bytes (Linux). */
function peakMemory() {
  const children = fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const files = ['self', ...children.filter((pid) => pid !== '')].map((pid) => `/proc/${pid}/status`);
  // One that has ended tells nothing, or is gone.
  const status = files.map((file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''));
  return status.reduce((total, text) => total + 1024 * Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0), 0);
}

/** The model that the chapter fine-tunes. */
const thirdStage = async () => thaw(endToEnd(await frozenBase()));

/** @param {() => Promise<unknown>} action */
async function seconds(action) {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}

/** @type {tf.LayersModel} */
let model;

/** @type {Record<string, (args: Record<string, any>) => Promise<unknown>>} */
const tasks = {
  async first_prediction({ picture }) {
    const model = await vgg16();
    const x = (await utils.loadImg(picture, { targetSize: imageSize })).expandDims();
    const output = /** @type {tf.Tensor} */ (model.predict(applications.vgg16.preprocessInput(x)));
    return output.dataSync().length;
  },
  async extract({ directory }) {
    const dataset = await utils.imageDatasetFromDirectory(directory, { imageSize, shuffle: false, labelMode: null });
    const model = await vgg16();
    const features = [];
    for await (const pictures of dataset) {
      features.push(
        tf.tidy(() => /** @type {tf.Tensor} */ (model.predict(applications.vgg16.preprocessInput(pictures)))),
      );
      pictures.dispose();
    }
    tf.dispose(features);
    return peakMemory();
  },
  /** An epoch of the chapter's third stage. */
  async fine_tune({ directory, enabled }) {
    const dataset = await utils.imageDatasetFromDirectory(directory, { imageSize, seed: 1, labelMode: 'binary' });
    await models.featureBank({ variants: 1, enabled }).fit(await thirdStage(), dataset, { epochs: 1 });
    return peakMemory();
  },
  async prepare() {
    model = await thirdStage();
  },
  save: ({ filepath }) => seconds(() => models.saveModel(model, filepath)),
  load: ({ filepath }) => seconds(async () => (await models.loadModel(filepath)).dispose()),
};

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { task, args } = JSON.parse(line);
  answer(`${JSON.stringify((await tasks[task]?.(args)) ?? null)}\n`);
});
