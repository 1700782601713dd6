import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { callbacks } from '../../src';
import { loadModel, saveModel } from '../../src/models';
import type { WeightArray } from '../../src/saving/hdf5/weight_array';
import { optimizerArrays, setOptimizerArrays } from '../../src/saving/optimizer_state';
import * as tf from '../../src/tf';
import { setOuterModel } from '../../src/tfjs/sequential_twin';
import { base, builders, find } from '../tfjs/trainable_models';
import { MSE, steps, xs, ys } from './optimizer_steps';

const folder = mkdtempSync(join(tmpdir(), 'thaw-optimizer-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, `${name}.keras`);

test('the learning rate that is saved is what a callback has set', async () => {
  const model = builders.sequential(base());
  model.compile({ optimizer: tf.train.adam(0.5), loss: MSE });
  const [x, y] = [xs, ys].map((data) => data.gather(0));
  const halve = callbacks.learningRateScheduler((_epoch, rate) => rate / 2);
  await model.fit(x!, y!, { epochs: 3, verbose: 0, callbacks: halve });
  await saveModel(model, file('scheduled'));
  const loaded = await loadModel(file('scheduled'));
  assert.equal(loaded.optimizer.getConfig().learningRate, 0.0625);
  assert.equal((await optimizerArrays(loaded))[1]!.values[0], 0.0625);
});

test('a rate that 32 bits hold but roughly is loaded as it was written', async () => {
  const model = builders.sequential(base());
  model.compile({ optimizer: tf.train.sgd(0.001), loss: MSE });
  await saveModel(model, file('rough'));
  assert.equal((await loadModel(file('rough'))).optimizer.getConfig().learningRate, 0.001);
});

test('a checkpoint of the feature bank holds what the optimizer has learnt of the whole model', async () => {
  const model = builders.functional(base());
  const inputs = tf.input({ shape: [2, 2, 2] });
  const apply = (x: tf.SymbolicTensor, layer: tf.layers.Layer) => layer.apply(x) as tf.SymbolicTensor;
  const head = tf.model({ inputs, outputs: model.layers.slice(2).reduce(apply, inputs) });
  setOuterModel(head, model);
  find(model, ['base']).trainable = false;
  const optimizer = tf.train.adam(1e-2);
  for (const each of [model, head]) each.compile({ optimizer, loss: MSE });
  const features = (find(model, ['base']) as tf.LayersModel).predict(xs.gather(0)) as tf.Tensor;
  const checkpoint = callbacks.modelCheckpoint({ filepath: file('checkpoint') });
  await head.fit(features, ys.gather(0), { epochs: 3, verbose: 0, callbacks: checkpoint });
  const loaded = await loadModel(file('checkpoint'));
  assert.deepEqual(
    loaded.layers.map(({ name }) => name),
    model.layers.map(({ name }) => name),
  );
  assert.equal(loaded.optimizer.iterations, 3);
  const [saved, kept] = [await optimizerArrays(loaded), await optimizerArrays(model)];
  assert.equal(kept.length, 2 + 2 * 2);
  assert.ok(kept.slice(2).every(({ values }) => values.every((value) => value !== 0)));
  assert.deepEqual(saved, kept);
});

test('what an optimizer remembers of steps outside fit is saved, too', async () => {
  const model = builders.functional(base());
  const optimizer = tf.train.rmsprop(1e-2);
  model.compile({ optimizer, loss: MSE });
  const { value, grads } = tf.variableGrads(() => (model.apply(xs.gather(0)) as tf.Tensor).mean());
  optimizer.applyGradients(grads);
  tf.dispose([value, grads]);
  const [, , ...velocities] = await optimizerArrays(model);
  assert.equal(velocities.length, 6);
  assert.ok(velocities.every(({ values }) => values.every((each) => each > 0)));
});

test('a state that does not fit changes nothing', async () => {
  const model = builders.functional(base());
  model.compile({ optimizer: tf.train.rmsprop(1e-3, 0.9, 0.5), loss: MSE });
  await steps(model, 0, 1);
  const arrays = await optimizerArrays(model);
  const replaced = (index: number, array: WeightArray) => arrays.map((old, place) => (place === index ? array : old));
  const scalar = (value: number) => ({ shape: [], values: Float32Array.of(value) });
  const wrong: [WeightArray[], RegExp][] = [
    [[], /RMSProp is that of another model.* Expected 14 arrays.* Received: 0 arrays/],
    [arrays.slice(0, -1), /Expected 14 arrays.* Received: 13 arrays/],
    [[...arrays, scalar(0)], /Expected 14 arrays\. Received: 15 arrays/],
    [replaced(3, scalar(0)), /number 3 of shape \[3\]\. Received: 14 arrays, number 3 of shape \[\]/],
    [replaced(0, scalar(0.5)), /is damaged. Expected a count of steps .* Received: 0.5 and/],
    [replaced(1, scalar(Number.NaN)), /is damaged.* Received: 1 and NaN/],
  ];
  for (const [saved, message] of wrong) {
    await assert.rejects(setOptimizerArrays(model, saved), message);
    assert.deepEqual(await optimizerArrays(model), arrays);
  }
});
