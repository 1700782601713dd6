import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModel } from '../../src/models';
import * as tf from '../../src/tf';
import { layerPaths } from '../../src/tfjs/layer_paths';
import { readFloats, runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import { thawFrom } from './family_models';

const STEPS = 3;
/** RMSprop's, well above rounding: else it steps as far where the gradient is nothing but that. */
const EPSILON = 1e-3;
const THAWED_FROM = 'block_15_expand';
const CASES: [optimizer: 'SGD' | 'RMSprop', rate: number, normalizationTrains: boolean][] = [
  ['SGD', 1e-3, false],
  ['SGD', 1e-3, true],
  ['RMSprop', 1e-4, false],
  ['RMSprop', 1e-4, true],
];

const folder = mkdtempSync(join(tmpdir(), 'thaw-fine-tuning-'));
after(() => rmSync(folder, { recursive: true }));
const floats = (name: string) => readFloats(join(folder, `${name}.f32`));
let answers: { trainable: number; losses: number[]; weights: [name: string, size: number][] }[];

before(() => {
  const question = { steps: STEPS, epsilon: EPSILON, thawed_from: THAWED_FROM, cases: CASES };
  runKeras(join(__dirname, 'fine_tuning_keras.py'), folder, JSON.stringify(question));
  answers = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'));
});

/** The numbers of each weight in a model, by its layer and its place there. */
function weightsOf(model: tf.LayersModel): Map<string, Float32Array> {
  const named = layerPaths(model).flatMap(({ layer }) =>
    layer.getWeights().map((weight, place) => [`${layer.name}/${place}`, weight.dataSync<'float32'>()] as const),
  );
  return new Map(named);
}

const moved = (ended: Float32Array, start: Float32Array) => ended.some((value, index) => value !== start[index]);

for (const [index, [name, rate, normalizationTrains]] of CASES.entries()) {
  const how = `${name}, its BatchNormalization ${normalizationTrains ? 'thawed' : 'frozen'}`;
  test(`the top of MobileNetV2 trains as in Python Keras: ${how}`, async (t) => {
    const { trainable, losses, weights } = answers[index]!;
    const model = await loadModel(join(folder, 'model.keras'));
    const start = weightsOf(model);
    thawFrom(model.getLayer('base') as tf.LayersModel, THAWED_FROM, normalizationTrains);
    assert.equal(model.trainableWeights.length, trainable);
    const optimizer = name === 'SGD' ? tf.train.sgd(rate) : tf.train.rmsprop(rate, 0.9, 0, EPSILON);
    model.compile({ optimizer, loss: 'binaryCrossentropy' });
    const xs = tf.tensor(floats('pictures'), [8, 64, 64, 3]);
    const ys = tf.tensor(floats('labels'), [8, 1]);
    const { numTensors } = tf.memory();
    const history = await model.fit(xs, ys, { batchSize: 8, epochs: STEPS, shuffle: false, verbose: 0 });
    const remembered = (await optimizer.getWeights()).length;
    assert.ok(tf.memory().numTensors <= numTensors + remembered);
    const ended = weightsOf(model);
    const expected = floats(`weights_${index}`);
    let [worst, place] = [0, 0];
    for (const [weight, size] of weights) {
      const values = expected.subarray(place, place + size);
      worst = Math.max(worst, relativeError(ended.get(weight)!, values));
      assert.equal(moved(ended.get(weight)!, start.get(weight)!), moved(values, start.get(weight)!), weight);
      place += size;
    }
    assert.equal(place, expected.length);
    reportWorst(
      t,
      `losses of MobileNetV2 in ${STEPS} steps of ${how}`,
      relativeError(history.history.loss!.map(Number), losses),
      1e-4,
    );
    reportWorst(t, `weights of MobileNetV2 after ${STEPS} steps of ${how}`, worst, 1e-4);
    tf.dispose([xs, ys]);
    optimizer.dispose();
    model.dispose();
  });
}
