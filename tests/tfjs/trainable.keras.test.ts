import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModel, saveModel } from '../../src/models';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import {
  base,
  batch,
  builders,
  find,
  hashes,
  type Kind,
  kernelInitializer,
  kinds,
  normalized,
  random,
  type State,
  type Step,
  setFlags,
  state,
  targets,
} from './trainable_models';

const folder = mkdtempSync(join(tmpdir(), 'thaw-trainable-'));
after(() => rmSync(folder, { recursive: true }));

const path = (kind: Kind, ...names: string[]) => [...(kind === 'nested' ? ['middle'] : []), 'base', ...names];
const stepsOf = (kind: Kind): Step[] => [
  [path(kind), false],
  [path(kind, 'conv2'), true],
  [path(kind), true],
  [path(kind, 'conv1'), false],
  [path(kind, 'norm'), false],
  [[], false],
  [['dense'], true],
  [[], true],
];
const saved: Record<string, [Kind, Step[]]> = {};
for (const kind of ['functional', 'sequential'] as const) {
  saved[`${kind}_sliced`] = [kind, [[['base', 'conv1'], false]]];
  saved[`${kind}_top`] = [
    kind,
    [
      [['base'], false],
      [['base', 'conv2'], true],
    ],
  ];
  saved[`${kind}_frozen_base`] = [kind, [[['base'], false]]];
  saved[`${kind}_frozen`] = [kind, [[[], false]]];
}
// Not of a Sequential: Keras reads no flag of its own for that.
saved.functional_frozen_but_its_head = [
  'functional',
  [
    [[], false],
    [['dense'], true],
  ],
];
const frozen = { trained: null, 'frozen itself': ['base', 'norm'], 'frozen through its model': ['base'] };

const write = (name: string, tensor: tf.Tensor) => writeFileSync(join(folder, `${name}.f32`), tensor.dataSync());
const flat = (model: tf.LayersModel) => tf.tidy(() => tf.concat(model.getWeights().map((weight) => weight.flatten())));

const denseXs = random(4, 3);
const denseYs = random(4, 3);
const normModel = builders.sequential(normalized());
const normWeights = normModel.getWeights().map((weight) => weight.clone());
const denses = tf.sequential({
  layers: [0, 1, 2].map((index) =>
    tf.layers.dense({ name: `dense${index}`, units: 3, inputShape: [3], kernelInitializer: kernelInitializer() }),
  ),
});

let keras: {
  flags: Record<Kind, State[]>;
  norm: Record<keyof typeof frozen, { outputs: number[]; weights: number[] }>;
  slots: number[];
  opened: Record<string, string[]>;
  made: Record<string, State>;
};

before(async () => {
  const steps = Object.fromEntries(kinds.map((kind) => [kind, stepsOf(kind)]));
  writeFileSync(join(folder, 'question.json'), JSON.stringify({ steps, saved, frozen }));
  const tensors = { batch, targets, weights: flat(normModel), dense_weights: flat(denses) };
  for (const [name, tensor] of Object.entries({ ...tensors, dense_xs: denseXs, dense_ys: denseYs }))
    write(name, tensor);
  for (const [name, [kind, steps]] of Object.entries(saved)) {
    const model = builders[kind](base());
    setFlags(model, steps);
    await saveModel(model, join(folder, `${name}.keras`));
  }
  runKeras(join(__dirname, 'trainable_keras.py'), folder);
  keras = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'));
});

for (const kind of kinds) {
  test(`a ${kind} model has Keras's flags, weights and counts whatever is frozen and thawed in it`, () => {
    const model = builders[kind](normalized());
    const states = [state(model)];
    for (const step of stepsOf(kind)) {
      setFlags(model, [step]);
      states.push(state(model));
    }
    assert.deepEqual(states, keras.flags[kind]);
  });
}

for (const [name, [kind, steps]] of Object.entries(saved)) {
  test(`a .keras of a ${kind} keeps which layers are frozen, both ways: ${name}`, async () => {
    const model = builders[kind](base());
    setFlags(model, steps);
    const { trainable, flags } = state(model);
    assert.deepEqual(keras.opened[name], trainable.model, 'Keras reads what trained here');
    const own = state(await loadModel(join(folder, `${name}.keras`)));
    assert.deepEqual(own.trainable.model, trainable.model);
    const { weights, ...made } = state(await loadModel(join(folder, `python_${name}.keras`)));
    assert.deepEqual(made, { trainable, flags, counts: state(model).counts });
    assert.deepEqual(trainable, keras.made[name]!.trainable);
    assert.deepEqual(weights, keras.made[name]!.weights);
  });
}

for (const [name, frozenPath] of Object.entries(frozen)) {
  test(`a BatchNormalization ${name} normalises, and moves its statistics, as Keras's does`, async (t) => {
    const { outputs, weights } = keras.norm[name as keyof typeof frozen];
    const statistics = () => hashes([find(normModel, ['base', 'norm'])]).slice(2);
    normModel.setWeights(normWeights);
    normModel.trainable = true;
    if (frozenPath) setFlags(normModel, [[frozenPath, false]]);
    const earlier = statistics();
    const received = find(normModel, ['base']).apply(batch, { training: true }) as tf.Tensor;
    const inTraining = relativeError(received.dataSync(), outputs);
    normModel.setWeights(normWeights);
    normModel.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await normModel.fit(batch, targets, { batchSize: 8, verbose: 0 });
    const afterStep = relativeError(flat(normModel).dataSync(), weights);
    reportWorst(t, `outputs of a BatchNormalization ${name}`, inTraining, 1e-5);
    reportWorst(t, `weights around a BatchNormalization ${name} after a step`, afterStep, 1e-5);
    assert.equal(String(statistics()) === String(earlier), frozenPath !== null);
  });
}

test('an optimizer keeps each weight its own slot when layers freeze and thaw, as in Keras', async (t) => {
  const optimizer = tf.train.momentum(0.01, 0.9);
  for (const value of [true, false, true]) {
    denses.layers[0]!.trainable = value;
    denses.compile({ optimizer, loss: 'meanSquaredError' });
    await denses.fit(denseXs, denseYs, { batchSize: 4, epochs: 3, verbose: 0 });
  }
  reportWorst(t, 'weights thawed, frozen and thawed again', relativeError(flat(denses).dataSync(), keras.slots), 1e-5);
});
