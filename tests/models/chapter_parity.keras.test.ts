import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { imagenetWeights } from '../../src/applications/imagenet_weights';
import { catsVsDogs } from '../../src/datasets/cats_vs_dogs';
import { loadModel } from '../../src/saving/load_model';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import { formatSummary } from '../../src/tfjs/summary';
import { loadImg } from '../../src/utils/load_img';
import { readFloats, runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import { augmentation, compile, onFeatures, onPictures, thawBlock5 } from './chapter_models';

/*
 * The chapter's three models, with VGG16's ImageNet weights and pictures of the training set, beside Python Keras's. To
 * compare gradients and steps, which start from a file that both read, dropout has rate 0 and nothing is augmented: what
 * the two draw at random isn't the same.
 */

const folder = mkdtempSync(join(tmpdir(), 'thaw-chapter-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const write = (name: string, tensor: tf.Tensor) => writeFileSync(file(`${name}.f32`), tensor.dataSync());
const floats = (name: string) => readFloats(file(`${name}.f32`));

const weightsOf = (model: tf.LayersModel) =>
  model.trainableWeights.map((weight) => weight.read().dataSync<'float32'>());

/** Cuts what lies in one file into weights, each as long as it is in `like`. */
function cut(values: Float32Array, like: Float32Array[]): Float32Array[] {
  let at = 0;
  const pieces = like.map(({ length }) => {
    at += length;
    return values.subarray(at - length, at);
  });
  assert.equal(at, values.length);
  return pieces;
}

function worstOf(actual: Float32Array[], expected: Float32Array[]): number {
  assert.ok(actual.length > 0 && actual.length === expected.length, `${actual.length} of ${expected.length} weights`);
  return Math.max(...actual.map((values, index) => relativeError(values, expected[index]!)));
}
const difference = (a: Float32Array, b: Float32Array) => a.map((value, index) => value - b[index]!);

/** The learning rate of each model, and how many of its weights train. */
const settings = {
  feature_extraction: { rate: 1e-3, trainable: 4 },
  data_augmentation: { rate: 1e-3, trainable: 4 },
  fine_tuning: { rate: 1e-5, trainable: 10 },
};
type Name = keyof typeof settings;
interface Answer {
  losses: Record<'head' | 'block5', number[]>;
  opened: Record<Name, unknown>;
  summaries: Record<Name, string>;
}
let keras: Answer;
let pictures: tf.Tensor4D;
let labels: tf.Tensor2D;
let features: tf.Tensor4D;
const summaries: Partial<Record<Name, string>> = {};
const predictions: Partial<Record<Name, Float32Array>> = {};
const trained: Partial<Record<'head' | 'block5', Awaited<ReturnType<typeof train>>>> = {};

/** What the hidden layer of the head gives: the sigmoid's outputs are all but 0 or 1 before the head is trained. */
function hidden(model: tf.LayersModel, xs: tf.Tensor): Float32Array {
  return predict(tf.model({ inputs: model.inputs, outputs: model.getLayer('dense').output as tf.SymbolicTensor }), xs);
}

/** Saves a model, then makes ten steps: what it was before them, the gradients of the first, weights and losses after. */
async function train(name: 'head' | 'block5', model: tf.LayersModel, xs: tf.Tensor) {
  await saveModel(model, file(`${name}_start.keras`));
  const [forward, start] = [hidden(model, xs), weightsOf(model)];
  const gradients: Float32Array[] = [];
  const { optimizer } = model;
  const compute = optimizer.computeGradients.bind(optimizer);
  optimizer.computeGradients = (loss, variables) => {
    const computed = compute(loss, variables);
    if (gradients.length === 0) {
      gradients.push(...variables!.map(({ name }) => computed.grads[name]!.dataSync<'float32'>()));
    }
    return computed;
  };
  const losses: number[] = [];
  for (let at = 0; at < 10; at++) losses.push(await step(model, xs, at % 5));
  return { forward, start, gradients, weights: weightsOf(model), losses };
}

/** A step on one of the five batches of eight pictures; returns the loss before it. */
async function step(model: tf.LayersModel, xs: tf.Tensor, batch: number): Promise<number> {
  const [eight, ys] = [xs, labels].map((each) => each.slice(8 * batch, 8)) as [tf.Tensor, tf.Tensor];
  const { history } = await model.fit(eight, ys, { batchSize: 8, verbose: 0 });
  tf.dispose([eight, ys]);
  return history.loss![0] as number;
}

/** Makes the last layer's weights small, so that predictions lie between 0 and 1 and differences show. */
function soften(model: tf.LayersModel): void {
  const last = model.getLayer('dense_1');
  tf.tidy(() => last.setWeights(last.getWeights().map((weight) => weight.mul(0.002))));
}

async function save(name: Name, model: tf.LayersModel, xs: tf.Tensor): Promise<void> {
  await saveModel(model, file(`thaw_${name}.keras`));
  summaries[name] = formatSummary(model);
  predictions[name] = predict(model, xs);
}

const predict = (model: tf.LayersModel, xs: tf.Tensor) =>
  tf.tidy(() => (model.predict(xs) as tf.Tensor).dataSync<'float32'>());

function release(model: tf.LayersModel): void {
  model.optimizer.dispose();
  model.dispose();
}

before(async () => {
  const { train: directory } = await catsVsDogs();
  const files = ['cat', 'dog'].map((name) =>
    readdirSync(join(directory, name))
      .sort()
      .slice(0, 20)
      .map((picture) => join(directory, name, picture)),
  );
  const inTurn = files[0]!.flatMap((cat, index) => [cat, files[1]![index]!]);
  const each = await Promise.all(inTurn.map((path) => loadImg(path, { targetSize: [180, 180] })));
  pictures = tf.stack(each) as tf.Tensor4D;
  tf.dispose(each);
  labels = tf.tensor2d(inTurn.map((_, index) => [index % 2]));

  const plain = await onPictures(0, []);
  const base = tf.model({ inputs: plain.inputs, outputs: plain.getLayer('flatten').input as tf.SymbolicTensor });
  features = base.predict(pictures) as tf.Tensor4D;
  thawBlock5(plain);
  trained.block5 = await train('block5', plain, pictures);
  release(plain);
  const plainHead = onFeatures(0);
  compile(plainHead, 1e-3);
  trained.head = await train('head', plainHead, features);
  release(plainHead);

  const extraction = onFeatures(0.5);
  compile(extraction, 1e-3);
  await step(extraction, features, 0);
  soften(extraction);
  await save('feature_extraction', extraction, features);
  release(extraction);
  const augmented = await onPictures(0.5, augmentation());
  compile(augmented, 1e-3);
  await step(augmented, pictures, 0);
  soften(augmented);
  await save('data_augmentation', augmented, pictures);
  thawBlock5(augmented);
  await step(augmented, pictures, 1);
  await save('fine_tuning', augmented, pictures);
  release(augmented);

  write('features', features);
  write('pictures', pictures);
  write('labels', labels);
  runKeras(join(__dirname, 'chapter_parity_keras.py'), folder, await imagenetWeights('vgg16_notop'));
  keras = JSON.parse(readFileSync(file('answer.json'), 'utf8'));
});

for (const [name, what] of [
  ['head', 'the head'],
  ['block5', 'block 5 and head'],
] as const) {
  test(`Python Keras computes ${what} alike: forward, gradients, ten steps of RMSprop`, (t) => {
    const { forward, start, gradients, weights, losses } = trained[name]!;
    const expectedGradients = cut(floats(`${name}_gradients`), start);
    const expectedWeights = cut(floats(`${name}_weights`), start);
    const moved = (end: Float32Array[]) => end.map((values, index) => difference(values, start[index]!));
    reportWorst(t, `forward of ${what}`, relativeError(forward, floats(`${name}_forward`)), 1e-4);
    reportWorst(t, `gradients of ${what}`, worstOf(gradients, expectedGradients), 1e-4);
    reportWorst(t, `losses of ${what} in ten steps`, relativeError(losses, keras.losses[name]), 1e-3);
    reportWorst(t, `weights of ${what} after ten steps`, worstOf(weights, expectedWeights), 1e-3);
    // RMSprop's steps are as long where the gradient is but rounding: these show in what has moved.
    reportWorst(t, `what ten steps move in ${what}`, worstOf(moved(weights), moved(expectedWeights)), 1e-2);
  });
}

for (const name of Object.keys(settings) as Name[]) {
  const { rate, trainable } = settings[name];
  const isUnsure = (probability: number) => probability > 0.1 && probability < 0.9;

  test(`the ${name} model saved here opens in Python Keras, compiled, and predicts the same`, (t) => {
    assert.ok(predictions[name]!.some(isUnsure));
    reportWorst(t, `${name} opened by Keras`, relativeError(predictions[name]!, floats(`thaw_${name}`)), 1e-4);
    assert.deepEqual(keras.opened[name], {
      trainable,
      optimizer: 'RMSprop',
      rate: Math.fround(rate),
      iterations: 1,
      loss: 'binary_crossentropy',
      metrics: ['accuracy'],
      warnings: [],
    });
  });

  test(`the ${name} model saved by Python Keras opens here, compiled, and predicts the same`, async (t) => {
    const model = await loadModel(file(`python_${name}.keras`));
    const actual = predict(model, name === 'feature_extraction' ? features : pictures);
    assert.ok(actual.some(isUnsure));
    reportWorst(t, `${name} opened by Thaw`, relativeError(actual, floats(`python_${name}`)), 1e-4);
    assert.equal(model.trainableWeights.length, trainable);
    assert.equal(model.optimizer.getClassName(), 'RMSProp');
    assert.equal(model.optimizer.getConfig().learningRate, Math.fround(rate));
    assert.equal(model.optimizer.iterations, 1);
    assert.equal(model.loss, 'binaryCrossentropy');
    assert.deepEqual(model.metricsNames, ['loss', 'acc']);
    release(model);
  });

  test(`summary() of the ${name} model prints what Python Keras prints`, () => {
    assert.equal(summaries[name], keras.summaries[name]);
  });
}

test('the chapter as it is written in Python, preprocess_input and all, opens here and predicts the same', async (t) => {
  const model = await loadModel(file('python_written_in_python.keras'));
  const [actual, expected] = [predict(model, pictures), floats('python_written_in_python')];
  assert.ok(expected.some((probability) => probability > 0.1 && probability < 0.9));
  reportWorst(t, 'the chapter as written in Python opened by Thaw', relativeError(actual, expected), 1e-4);
  assert.equal(model.trainableWeights.length, settings.fine_tuning.trainable);
  assert.equal(model.optimizer.iterations, 1);
  release(model);
});
