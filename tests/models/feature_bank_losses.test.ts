import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { losses, models, utils } from '../../src';
import * as tf from '../../src/tf';
import { relativeError, reportWorst } from '../support/parity';
import { jpeg } from '../support/picture_files';
import { temporaryHome } from '../support/temporary_home';
import { SIZE } from './small_bank';

const folder = temporaryHome().assets;
const CLASSES = ['a', 'b', 'c'];

before(async () => {
  for (const [index, name] of CLASSES.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let picture = 0; picture < 4; picture++)
      writeFileSync(join(folder, name, `${picture}.jpg`), await jpeg(20 + 4 * index + picture, 30));
  }
});
beforeEach(() => {
  temporaryHome();
});

const l2 = tf.regularizers.l2();
const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });

/** A frozen convolution and a head for these labels, always with the same weights. */
function build(head: Partial<Parameters<typeof tf.layers.dense>[0]>, compiled: Omit<tf.ModelCompileArgs, 'optimizer'>) {
  const kept = {
    filters: 40,
    kernelSize: 3,
    strides: 2,
    inputShape: [...SIZE, 3],
    trainable: false,
    kernelRegularizer: l2,
  };
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ ...kept, kernelInitializer: seeded(1) }),
      tf.layers.rescaling({ scale: 1 / 255 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: CLASSES.length, kernelInitializer: seeded(2), ...head }),
    ],
  });
  model.compile({ optimizer: 'sgd', ...compiled });
  return model;
}

/** The logs of a training and what the model evaluates to afterwards, with the bank or without it. */
async function train(enabled: boolean, labelMode: 'categorical' | undefined, model: tf.LayersModel): Promise<number[]> {
  const bank = models.featureBank({ enabled });
  const args = { imageSize: SIZE, batchSize: 5, shuffle: false };
  // The default labels are class numbers.
  const dataset = await utils.imageDatasetFromDirectory(folder, labelMode ? { ...args, labelMode } : args);
  const { history } = await bank.fit(model, dataset, { epochs: 2, validationData: dataset });
  const logs = ['loss', 'acc', 'val_loss', 'val_acc'].flatMap((name) => history[name]!.map(Number));
  return [...logs, ...(await bank.evaluate(model, dataset))];
}

for (const [what, labelMode, head, compiled] of [
  [
    'class numbers',
    undefined,
    { activation: 'softmax' },
    { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] },
  ],
  [
    'a regularizer',
    'categorical',
    { activation: 'softmax', kernelRegularizer: l2 },
    { loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
  ],
  ['logits', 'categorical', {}, { loss: losses.categoricalCrossentropy({ fromLogits: true }), metrics: ['accuracy'] }],
  [
    'logits and class numbers',
    undefined,
    {},
    { loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }), metrics: ['accuracy'] },
  ],
] as const) {
  test(`${what}: the bank trains and evaluates to what there is without it`, async (t) => {
    const { numTensors } = tf.memory();
    const results: number[][] = [];
    for (const enabled of [true, false]) {
      const model = build(head, { ...compiled, metrics: [...compiled.metrics] });
      results.push(await train(enabled, labelMode, model));
      model.dispose();
    }
    const [kept, plain] = results as [number[], number[]];
    reportWorst(t, `${what}, with the bank and without`, relativeError(kept, plain), 1e-5);
    assert.notEqual(kept[0], kept[1], 'it trains');
    assert.equal(tf.memory().numTensors, numTensors);
  });
}
