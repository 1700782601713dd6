import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { temporaryHome } from '../support/temporary_home';
import { read, SIZE, smallModel, writePictures } from './small_bank';

const folder = temporaryHome().assets;
before(() => writePictures(folder, { train: 12, validation: 6 }));

const silence = (t: TestContext) => {
  t.mock.method(console, 'log', () => {});
  t.mock.method(process.stderr, 'write', () => true);
};

/** The logs of a training and what the model predicts afterwards. */
async function train(seed: number, model: tf.LayersModel, dataset: Dataset, validationData: Dataset) {
  const bank = models.featureBank({ variants: 2, seed });
  const { history } = await bank.fit(model, dataset, { epochs: 3, validationData });
  const predicted = await bank.predict(model, validationData);
  const numbers = [...predicted.dataSync()];
  predicted.dispose();
  return [history, numbers];
}
type Dataset = Awaited<ReturnType<typeof read>>;

test('two banks take one dataset at once, and each gives what it gives alone', async (t) => {
  silence(t);
  const results: unknown[][] = [];
  const { numTensors } = tf.memory();
  for (const atOnce of [true, false]) {
    temporaryHome();
    const [dataset, validationData] = [await read(join(folder, 'train')), await read(join(folder, 'validation'))];
    const trainings = [1, 2].map((seed) => {
      const model = smallModel();
      return () => train(seed, model, dataset, validationData).finally(() => model.dispose());
    });
    if (atOnce) results.push(await Promise.all(trainings.map((training) => training())));
    else results.push([await trainings[0]!(), await trainings[1]!()]);
  }
  assert.deepEqual(results[0], results[1]);
  assert.notDeepEqual(results[0]![0], results[0]![1]);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('two heads on one frozen base train at once, as they do alone', async (t) => {
  silence(t);
  const { numTensors } = tf.memory();
  const whole = smallModel({ augmented: false });
  const base = tf.model({ inputs: whole.inputs, outputs: whole.getLayer('second').output as tf.SymbolicTensor });
  const results: unknown[][] = [];
  for (const atOnce of [true, false]) {
    temporaryHome();
    const [dataset, validationData] = [await read(join(folder, 'train')), await read(join(folder, 'validation'))];
    const trainings = [1, 2].map((seed) => {
      const kernelInitializer = tf.initializers.glorotUniform({ seed });
      const head = [tf.layers.flatten(), tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer })];
      const outputs = head.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, base.outputs[0]!);
      const model = tf.model({ inputs: base.inputs, outputs });
      model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
      return () =>
        train(1, model, dataset, validationData).finally(() => {
          head[1]!.dispose();
          model.optimizer.dispose();
        });
    });
    if (atOnce) results.push(await Promise.all(trainings.map((training) => training())));
    else results.push([await trainings[0]!(), await trainings[1]!()]);
  }
  assert.deepEqual(results[0], results[1]);
  // By itself tfjs disposes of what several models share with the first of them.
  for (const weight of whole.weights) weight.dispose();
  whole.optimizer.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

test('a model that a bank trains already is refused, by the bank and by tfjs', async (t) => {
  silence(t);
  temporaryHome();
  const dataset = await read(join(folder, 'train'));
  const sequential = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 40, kernelSize: 3, strides: 2, inputShape: [...SIZE, 3], trainable: false }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 1 }),
    ],
  });
  sequential.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  for (const model of [smallModel(), sequential]) {
    const bank = models.featureBank({ variants: 2 });
    const first = bank.fit(model, dataset, { epochs: 2 });
    await assert.rejects(
      bank.fit(model, dataset, { epochs: 1 }),
      /^Error: Expected one training of '.*' at a time. Received: another/,
    );
    await assert.rejects(model.fitDataset(dataset, { epochs: 1, verbose: 0 }), /another fit\(\) call is ongoing/);
    assert.equal((await first).epoch.length, 2);
    assert.equal((await bank.fit(model, dataset, { epochs: 1 })).epoch.length, 1);
    model.dispose();
  }
});
