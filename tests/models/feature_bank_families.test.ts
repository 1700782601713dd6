import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { applications, models } from '../../src';
import { denseNet } from '../../src/applications/dense_net';
import { cutKeys } from '../../src/models/feature_bank/feature_keys';
import { ModelSteps } from '../../src/models/feature_bank/model_steps';
import * as tf from '../../src/tf';
import { relativeError, reportWorst } from '../support/parity';
import { pictures } from './bank_model';
import { drawWeights, residual, thawFrom, underHead, writePictures } from './family_models';

const SIZE: [number, number] = [64, 64];
const folder = mkdtempSync(join(tmpdir(), 'thaw-families-bank-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const plain = models.featureBank({ enabled: false });
const network = { weights: null, includeTop: false, inputShape: [...SIZE, 3] as [number, number, number] };

const { mobileNetV2 } = applications;
/** As DenseNet121, with 8 of its 58 convolution blocks. */
const smallDenseNet = denseNet('small_dense_net', [2, 2, 2, 2], ['', '']);

before(() => writePictures(folder, ['train/cat', 'train/dog', 'validation/cat', 'validation/dog']));

beforeEach(() => {
  process.env.THAW_HOME = mkdtempSync(join(folder, 'home-'));
});

const read = (name: string) => pictures(join(folder, name), false, SIZE);

const compile = (model: tf.LayersModel) =>
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'binaryCrossentropy', metrics: ['accuracy'] });

/** What is computed while `work` runs, as the bank prints it. */
async function computed(t: TestContext, work: () => Promise<unknown>): Promise<string[]> {
  const log = t.mock.method(console, 'log', () => {});
  await work();
  log.mock.restore();
  const lines = log.mock.calls.map(({ arguments: [line] }) => /Computing '(.*)'/.exec(String(line))?.[1]);
  return lines.filter((line) => line !== undefined);
}

type Numbers = ArrayLike<number>;

/** Losses, weights and predictions of a training from the weights `start`. */
async function train(model: tf.LayersModel, start: tf.Tensor[], bank: models.FeatureBank): Promise<Numbers[]> {
  model.setWeights(start);
  compile(model);
  const validationData = await read('validation');
  const { history } = await bank.fit(model, await read('train'), { epochs: 2, validationData });
  const predictions = await bank.predict(model, validationData);
  const numbers = [predictions, ...model.getWeights()].map((tensor) => tensor.dataSync());
  predictions.dispose();
  return [[...history.loss!, ...history.val_loss!].map(Number), await bank.evaluate(model, validationData), ...numbers];
}

/** Trains with the bank and without it, tells how far apart they end at worst, and from where the bank computed. */
async function compare(t: TestContext, model: tf.LayersModel): Promise<{ worst: number; cut: string | undefined }> {
  const start = model.getWeights().map((weight) => weight.clone());
  let kept: Numbers[] = [];
  const [cut] = await computed(t, async () => {
    kept = await train(model, start, models.featureBank());
  });
  const direct = await train(model, start, plain);
  assert.notEqual(direct[0]![0], direct[0]![1], 'it trains');
  model.setWeights(start);
  tf.dispose(start);
  assert.equal(kept.length, direct.length);
  return { worst: Math.max(...kept.map((values, index) => relativeError(values, direct[index]!))), cut };
}

for (const [what, first, normalizationTrains, expected] of [
  ['all frozen', undefined, false, 'pool'],
  ['its last block half thawed', 'block2_conv2', false, 'block1_out'],
  ['its last block half thawed, normalisation too', 'block2_conv2', true, 'block1_out'],
  ['normalisation at the end of a block thawed', 'block1_norm2', true, 'stem_relu'],
] as const) {
  test(`fit() of a residual network with the bank ends as without it: ${what}`, async (t) => {
    const convBase = residual();
    thawFrom(convBase, first, normalizationTrains);
    const { worst, cut } = await compare(t, underHead(convBase));
    assert.equal(cut, expected);
    reportWorst(t, `a residual network, ${what}, with the bank and without`, worst, 1e-5);
  });
}

// MobileNetV2's relu6 has two bends: where rounding brings one value to the other side of one, gradients differ by more.
for (const [name, family, build, first, expected, limit] of [
  ['mobileNetV2', mobileNetV2, () => mobileNetV2({ ...network, alpha: 0.35 }), 'block_16_expand', 'block_15_add', 1e-2],
  ['a DenseNet', smallDenseNet, () => smallDenseNet(network), 'conv5_block2_2_conv', 'conv5_block1_concat', 1e-4],
] as const) {
  test(`fit() of ${name} with the bank ends as without it, frozen and partly thawed`, async (t) => {
    const convBase = drawWeights(await build());
    const model = underHead(convBase, family.preprocessInput);
    for (const [from, cut] of [
      [undefined, 'pool'],
      [first, expected],
    ]) {
      thawFrom(convBase, from, true);
      const result = await compare(t, model);
      assert.equal(result.cut, cut);
      const what = `${name} ${from ? 'partly thawed' : 'frozen'}, with the bank and without`;
      reportWorst(t, what, result.worst, from ? limit : 1e-4);
    }
    model.dispose();
  });
}

test('the keys of a network are the same in whatever order its branches were built, and once it is reloaded', async () => {
  const keysOf = (model: tf.LayersModel) => [...cutKeys(new ModelSteps(model)).values()];
  for (const convBase of [residual(), await smallDenseNet(network)]) {
    convBase.trainable = false;
    const path = join(folder, 'network.keras');
    await models.saveModel(convBase, path);
    assert.ok(keysOf(convBase).length > 3);
    assert.deepEqual(keysOf(await models.loadModel(path)), keysOf(convBase));
  }
  const built = [residual(), residual(true)];
  for (const convBase of built) convBase.trainable = false;
  assert.deepEqual(keysOf(built[0]!), keysOf(built[1]!));
  const weight = built[0]!.getLayer('block2_conv0');
  weight.setWeights(weight.getWeights().map((kernel) => kernel.mul(2)));
  assert.notDeepEqual(keysOf(built[0]!), keysOf(built[1]!));
});

test('what a later training needs is kept too, whichever layers thaw then', async (t) => {
  const train = await read('train');
  const convBase = residual();
  const model = underHead(convBase);
  const blocks = convBase.layers.slice(convBase.layers.findIndex(({ name }) => name === 'block1_conv1'));
  // Where a block's branches meet nothing thaws, and the layer before lies on one of them.
  for (const { name: first } of blocks.filter((layer) => layer.getClassName() !== 'Add')) {
    process.env.THAW_HOME = mkdtempSync(join(folder, 'home-'));
    const lastFrozen = convBase.layers[convBase.layers.findIndex(({ name }) => name === first) - 1]!;
    const bank = models.featureBank({ cuts: [lastFrozen.name] });
    thawFrom(convBase);
    compile(model);
    assert.deepEqual(await computed(t, () => bank.fit(model, train, { epochs: 1 })), ['pool']);
    thawFrom(convBase, first, true);
    compile(model);
    assert.deepEqual(await computed(t, () => bank.fit(model, train, { epochs: 1 })), [], first);
  }
});

test('EfficientNet, which drops blocks while it trains, is kept as far as it is frozen', async (t) => {
  const convBase = await applications.efficientNetB0(network);
  const model = underHead(convBase);
  for (const [first, cut] of [
    [undefined, 'pool'],
    ['block6d_drop', 'block6c_add'],
  ]) {
    thawFrom(convBase, first);
    compile(model);
    const validation = await read('validation');
    let kept: number[] = [];
    assert.deepEqual(
      await computed(t, async () => {
        kept = await models.featureBank().evaluate(model, validation);
      }),
      [cut],
    );
    const worst = relativeError(kept, await plain.evaluate(model, validation));
    reportWorst(t, `efficientNetB0 ${first ? 'partly thawed' : 'frozen'}, with the bank and without`, worst, 1e-4);
  }
  model.dispose();
});

for (const [name, build, first, expected] of [
  [
    'mobileNetV3Small',
    () => applications.mobileNetV3Small({ ...network, alpha: 0.35 }),
    'conv_1',
    'expanded_conv_10_add',
  ],
  ['efficientNetV2B0', () => applications.efficientNetV2B0(network), 'block6h_drop', 'block6g_add'],
  ['convNeXtTiny', () => applications.convNeXtTiny(network), 'convnext_tiny_stage_3_block_2_depthwise_conv', 'add_16'],
] as const) {
  test(`${name} is kept as far as it is frozen, and predicts from there what it predicts`, async (t) => {
    const model = underHead(await build());
    const convBase = model.layers.find((layer) => layer instanceof tf.LayersModel) as tf.LayersModel;
    for (const [from, cut] of [
      [undefined, 'pool'],
      [first, expected],
    ]) {
      thawFrom(convBase, from);
      const validation = await read('validation');
      let kept: tf.Tensor | undefined;
      assert.deepEqual(
        await computed(t, async () => {
          kept = await models.featureBank().predict(model, validation);
        }),
        [cut],
      );
      const direct = await plain.predict(model, validation);
      const worst = relativeError(kept!.dataSync(), direct.dataSync());
      tf.dispose([kept!, direct]);
      reportWorst(t, `${name} ${from ? 'partly thawed' : 'frozen'}, with the bank and without`, worst, 1e-4);
    }
    model.dispose();
  });
}

test('a thawed BatchNormalization is kept no more, though it has nothing to train', async (t) => {
  const inputs = tf.input({ shape: [64, 64, 3] });
  const conv = tf.layers.conv2d({ name: 'conv', filters: 40, kernelSize: 3, strides: 4, useBias: false });
  const norm = tf.layers.batchNormalization({ name: 'norm', scale: false, center: false });
  const convBase = tf.model({ inputs, outputs: norm.apply(conv.apply(inputs)) as tf.SymbolicTensor });
  thawFrom(convBase, 'norm', true);
  const { worst, cut } = await compare(t, underHead(convBase));
  assert.equal(cut, 'conv');
  reportWorst(t, 'a network with nothing but statistics thawed, with the bank and without', worst, 1e-5);
});

test('training a network of 150 layers with the bank leaves no tensors', async () => {
  const before = tf.memory().numTensors;
  const convBase = await applications.mobileNetV2({ ...network, alpha: 0.35 });
  assert.ok(convBase.layers.length > 150);
  const model = underHead(convBase, applications.mobileNetV2.preprocessInput);
  const bank = models.featureBank({ cuts: ['block_15_add'] });
  const [train, validationData] = [await read('train'), await read('validation')];
  for (const first of [undefined, 'block_16_expand']) {
    thawFrom(convBase, first, true);
    const optimizer = tf.train.rmsprop(1e-5);
    model.compile({ optimizer, loss: 'binaryCrossentropy' });
    let numTensors = 0;
    for (let round = 0; round < 3; round++) {
      await bank.fit(model, train, { epochs: 2, validationData });
      await bank.evaluate(model, validationData);
      (await bank.predict(model, validationData)).dispose();
      if (round > 0) assert.equal(tf.memory().numTensors, numTensors);
      numTensors = tf.memory().numTensors;
    }
    optimizer.dispose();
  }
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});
