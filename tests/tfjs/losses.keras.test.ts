import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModel, saveModel } from '../../src/models';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';
import { reportWorst } from '../support/parity';

const folder = mkdtempSync(join(tmpdir(), 'thaw-losses-'));
after(() => rmSync(folder, { recursive: true }));

const EPOCHS = 2;

interface Answer {
  labels: string;
  batch_size: number;
  evaluated: Record<string, number>;
  history: Record<string, number[]>;
}
let answers: { xs: number[][]; labels: Record<string, number[][]>; models: Record<string, Answer> };
/** What Python Keras evaluates the models to that were saved here. */
let opened: Record<string, Record<string, number>>;

const FORMATS = ['keras', 'h5'];
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

before(async () => {
  runKeras(join(__dirname, 'losses_keras.py'), folder);
  answers = read('answers.json');
  for (const name of Object.keys(answers.models)) {
    const model = await loadModel(join(folder, `${name}.keras`));
    for (const format of FORMATS) await saveModel(model, join(folder, `thaw_${name}.${format}`));
    model.dispose();
  }
  runKeras(join(__dirname, 'opened_losses_keras.py'), folder);
  opened = read('opened.json');
});

/** tfjs's name in the logs of what Keras calls so. */
function logName(keras: string): string {
  const [, prefix = '', name] = /^((?:val_)?(?:(?:first|second)_)?)(.*)$/.exec(keras)!;
  return prefix + (name === 'accuracy' ? 'acc' : name!.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()));
}

/** How far values are from Keras's at worst, by name. */
function worst(received: Record<string, number[]>, keras: Record<string, number[]>): number {
  assert.deepEqual(Object.keys(received).sort(), Object.keys(keras).map(logName).sort());
  const errors = Object.entries(keras).flatMap(([name, values]) =>
    values.map((value, index) => Math.abs(received[logName(name)]![index]! - value) / Math.max(1, Math.abs(value))),
  );
  return Math.max(...errors);
}

function evaluate(
  model: tf.LayersModel,
  xs: tf.Tensor,
  ys: tf.Tensor | tf.Tensor[],
  batchSize: number,
): Record<string, number[]> {
  const values = tf.tidy(() => [model.evaluate(xs, ys, { batchSize })].flat().map((each) => each.dataSync()[0]!));
  return Object.fromEntries(model.metricsNames.map((name, index) => [name, [values[index]!]]));
}

/** The labels in each type and shape that class numbers come in. */
const forms: Record<string, (labels: number[][]) => tf.Tensor> = {
  'int32 [batch, 1]': (labels) => tf.tensor2d(labels, undefined, 'int32'),
  'float32 [batch, 1]': (labels) => tf.tensor2d(labels),
  'int32 [batch]': (labels) => tf.tensor1d(labels.flat(), 'int32'),
  'float32 [batch]': (labels) => tf.tensor1d(labels.flat()),
};

const keras = (name: string) => answers.models[name]!;
const once = (logs: Record<string, number>) =>
  Object.fromEntries(Object.entries(logs).map(([name, value]) => [name, [value]]));

/** Holds a loaded model to Keras: what it evaluates to, and what comes of a training on tensors and one on a dataset. */
async function hold(path: string, name: string, toTensor: (labels: number[][]) => tf.Tensor): Promise<number> {
  const { labels, batch_size: batchSize, evaluated, history } = keras(name);
  const { numTensors } = tf.memory();
  const xs = tf.tensor2d(answers.xs);
  const ys = toTensor(answers.labels[labels]!);
  const { dtype } = ys;
  const ofTensors = await loadModel(path);
  const ofDataset = await loadModel(path);
  const dataset = tf.data.zip({ xs: tf.data.array(xs.arraySync()), ys: tf.data.array(ys.arraySync() as number[]) });
  const typed = dataset.batch(batchSize).map((batch) => {
    const { xs, ys } = batch as { xs: tf.Tensor; ys: tf.Tensor };
    return { xs, ys: ys.cast(dtype) };
  });
  const errors = [worst(evaluate(ofTensors, xs, ys, batchSize), once(evaluated))];
  const fitted = await ofTensors.fit(xs, ys, {
    batchSize,
    epochs: EPOCHS,
    shuffle: false,
    verbose: 0,
    validationData: [xs, ys],
  });
  errors.push(worst(fitted.history as Record<string, number[]>, history));
  const fittedDataset = await ofDataset.fitDataset(typed, { epochs: EPOCHS, verbose: 0, validationData: typed });
  errors.push(worst(fittedDataset.history as Record<string, number[]>, history));
  for (const model of [ofTensors, ofDataset]) model.dispose();
  tf.dispose([xs, ys]);
  assert.equal(tf.memory().numTensors, numTensors);
  return Math.max(...errors);
}

for (const name of ['sparse', 'saturated', 'positive', 'sigmoid', 'sparse_logits']) {
  for (const [form, toTensor] of Object.entries(forms)) {
    test(`${name}: class numbers, ${form}, give Keras's loss and metrics in evaluate, fit and fitDataset`, async (t) => {
      reportWorst(t, `${name}, ${form}`, await hold(join(folder, `${name}.keras`), name, toTensor), 1e-5);
    });
  }
}

const LOGITS = ['logits', 'softmax_logits', 'binary_logits', 'binary_units'];
for (const name of ['yes_or_no', 'regularized', 'regularized_frozen', 'regularized_nested', ...LOGITS]) {
  test(`${name}: Keras's loss and metrics in evaluate, fit and fitDataset`, async (t) => {
    reportWorst(t, name, await hold(join(folder, `${name}.keras`), name, forms['float32 [batch, 1]']!), 1e-5);
  });
}

for (const name of ['sparse', 'sparse_logits', 'regularized', ...LOGITS]) {
  test(`${name}: so does the model from a .h5 of Keras's, and what is saved here, which Keras opens, too`, async (t) => {
    const errors = [0];
    for (const file of [`${name}.h5`, ...FORMATS.map((format) => `thaw_${name}.${format}`)])
      errors.push(await hold(join(folder, file), name, forms['float32 [batch, 1]']!));
    for (const format of FORMATS) {
      const { evaluated } = keras(name);
      assert.deepEqual(Object.keys(opened[`${name}.${format}`]!).sort(), Object.keys(evaluated).sort());
      for (const [key, value] of Object.entries(opened[`${name}.${format}`]!))
        errors.push(Math.abs(value - evaluated[key]!));
    }
    reportWorst(t, `${name}, through files`, Math.max(...errors), 1e-5);
  });
}

test('regularized_outputs: of several outputs Keras counts the losses of all, in evaluate and fit', async (t) => {
  const { evaluated, history } = keras('regularized_outputs');
  const model = await loadModel(join(folder, 'regularized_outputs.keras'));
  const xs = tf.tensor2d(answers.xs);
  const ys = [tf.tensor2d(answers.labels.reals!), tf.tensor2d(answers.labels.numbers!, undefined, 'int32')];
  const errors = [worst(evaluate(model, xs, ys, 4), once(evaluated))];
  const settings = {
    batchSize: 4,
    epochs: EPOCHS,
    shuffle: false,
    verbose: 0,
    validationData: [xs, ys] as [tf.Tensor, tf.Tensor[]],
  };
  errors.push(worst((await model.fit(xs, ys, settings)).history as Record<string, number[]>, history));
  reportWorst(t, 'several outputs', Math.max(...errors), 1e-5);
});
