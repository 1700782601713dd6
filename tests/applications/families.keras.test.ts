import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as applications from '../../src/applications';
import type { ApplicationArgs } from '../../src/applications/application';
import { loadWeights } from '../../src/models';
import * as tf from '../../src/tf';
import { kerasCommand, readFloats } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';

const NETWORKS: Record<string, (args: ApplicationArgs) => Promise<tf.LayersModel>> = {
  xception: applications.xception,
  resnet50: applications.resnet50,
  resnet50V2: applications.resnet50V2,
  'mobileNet 0.5': (args) => applications.mobileNet({ ...args, alpha: 0.5 }),
  'mobileNet 1': applications.mobileNet,
  'mobileNetV2 0.5': (args) => applications.mobileNetV2({ ...args, alpha: 0.5 }),
  'mobileNetV2 1': applications.mobileNetV2,
  efficientNetB0: applications.efficientNetB0,
  efficientNetB3: applications.efficientNetB3,
  denseNet121: applications.denseNet121,
  vgg16: applications.vgg16,
  vgg19: applications.vgg19,
  inceptionV3: applications.inceptionV3,
  resnet101: applications.resnet101,
  resnet101V2: applications.resnet101V2,
  mobileNetV3Small: applications.mobileNetV3Small,
  'mobileNetV3Large 0.75': (args) => applications.mobileNetV3Large({ ...args, alpha: 0.75 }),
  efficientNetV2B0: applications.efficientNetV2B0,
  efficientNetV2B2: applications.efficientNetV2B2,
  convNeXtTiny: applications.convNeXtTiny,
};

/** What Python Keras wrote of a network: what there is, each with the sizes of its arrays, and their numbers. */
interface Written {
  sizes: Record<string, number[]>;
  /** What the gradients are by: the pictures and each weight that trains. */
  names: string[];
  shape: [number, number, number, number];
  parameters: number;
}

const LIMIT = 1e-4;
/**
 * Of InceptionV3's gradients in training. It has no sums: what one normalization moves the next one takes back, but for
 * what a ReLU cuts off, and rounding is a greater share of so little. Keras's own are 9e-4 from what it gets in float64.
 */
const INCEPTION_LIMIT = 2e-3;
const folder = mkdtempSync(join(tmpdir(), 'thaw-families-'));
let python: ChildProcess;
let complaints = '';
let lines: AsyncIterator<string>;
before(() => {
  python = spawn(...kerasCommand(join(__dirname, 'families_keras.py'), folder), { stdio: 'pipe' });
  lines = createInterface(python.stdout!)[Symbol.asyncIterator]();
  python.stderr!.on('data', (text) => {
    complaints += text;
  });
});
after(() => {
  python.kill();
  rmSync(folder, { recursive: true });
});

/** Waits until Python Keras has written the next network, and lets it go on with the one after. */
async function written(name: string) {
  const { value } = await lines.next();
  assert.equal(value, name, complaints);
  python.stdin!.write('\n');
  const described: Written = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const numbers = readFloats(join(folder, `${name}.f32`));
  let offset = 0;
  const entries = Object.entries(described.sizes).map(([key, sizes]) => {
    const arrays = sizes.map((size) => {
      offset += size;
      return numbers.subarray(offset - size, offset);
    });
    return [key, arrays] as const;
  });
  return { ...described, arrays: new Map(entries) };
}

function data(tensors: tf.Tensor[]): Float32Array[] {
  return tensors.map((tensor) => tensor.dataSync<'float32'>());
}

/** The outputs, and the gradients of their sum, weighted, by the pictures and by each weight that trains. */
function compute(model: tf.LayersModel, pictures: tf.Tensor4D, coefficients: tf.Tensor, training: boolean) {
  const input = tf.variable(pictures);
  const variables = [input, ...model.trainableWeights.map((weight) => weight.read() as tf.Variable)];
  const tensors = tf.tidy(() => {
    let outputs: tf.Tensor | undefined;
    const { grads } = tf.variableGrads(() => {
      outputs = tf.keep(model.apply(input, { training }) as tf.Tensor);
      return outputs.mul(coefficients).sum();
    }, variables);
    return [outputs!, ...variables.map(({ name }) => grads[name]!)];
  });
  // Not in the tidy, which would look for tensors among millions of numbers.
  const [outputs, ...gradients] = data(tensors);
  tf.dispose([input, ...tensors]);
  return { outputs: outputs!, gradients };
}

/**
 * The worst error of gradients, each as a share of its array's greatest. What comes before a batch normalization, such as
 * a convolution's bias, moves nothing, and its gradient is 0 but for rounding: what is below a hundred-thousandth of the
 * network's greatest gradient is held to that one.
 */
function gradientError(actual: Float32Array[], expected: Float32Array[], names: string[]): number {
  assert.equal(actual.length, expected.length);
  const greatest = (values: Float32Array) => {
    let most = 0;
    for (const value of values) most = Math.max(most, Math.abs(value));
    return most;
  };
  const ofNetwork = Math.max(...expected.slice(1).map(greatest));
  const errors = expected.map((values, index) => {
    const share = greatest(values) / ofNetwork;
    return relativeError(actual[index]!, values) * (index > 0 && share < 1e-5 ? share : 1);
  });
  const worst = Math.max(...errors);
  if (!(worst <= LIMIT)) console.error(`worst: ${names[errors.indexOf(worst)]}`);
  return worst;
}

const isNorm = (layer: tf.layers.Layer) => layer.getClassName() === 'BatchNormalization';

function averages(model: tf.LayersModel): Float32Array[] {
  return data(model.layers.filter(isNorm).flatMap((layer) => layer.getWeights().slice(-2)));
}

/** Whether all numbers are the same; `assert.deepEqual` takes seconds for as many. */
function same(actual: Float32Array[], expected: Float32Array[]): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);
  return actual.length === expected.length && actual.every((values, i) => bytes(values).equals(bytes(expected[i]!)));
}

for (const [name, network] of Object.entries(NETWORKS)) {
  test(`${name} computes and trains as Python Keras's, with the weights that it saved`, async (t) => {
    const { shape, arrays, names, parameters } = await written(name);
    const args = { inputShape: shape.slice(1) as [number, number, number], classes: 7, classifierActivation: null };
    const tensors = tf.memory().numTensors;
    const open = async (extension: string) => {
      const model = await network({ ...args, weights: join(folder, name + extension) });
      for (const layer of model.layers) {
        if (layer.getClassName() === 'Dropout') Object.assign(layer, { rate: 0 });
        // As much of the batch as of what was: an average that moves by a thousandth would hide how wrong its move is.
        if (isNorm(layer)) Object.assign(layer, { momentum: 0.5 });
      }
      return model;
    };
    const of = (key: string) => arrays.get(key)!;
    const pictures = tf.tensor4d(of('pictures')[0]!, shape);
    const coefficients = tf.tensor2d(of('coefficients')[0]!, [shape[0], 7]);

    const model = await open('.weights.h5');
    assert.equal(model.countParams(), parameters);
    const weights = data(model.getWeights());
    const inference = compute(model, pictures, coefficients, false);
    const graphs = tf.nodeBackend().binding.getNumOfSavedModels();
    const predictions = model.predict(pictures) as tf.Tensor;
    assert.equal(tf.nodeBackend().binding.getNumOfSavedModels(), graphs + 1, 'as one graph');
    const [predicted] = data([predictions]);
    predictions.dispose();
    const training = compute(model, pictures, coefficients, true);
    const after = averages(model);
    model.dispose();

    const legacy = await open('.h5');
    assert.ok(same(data(legacy.getWeights()), weights));
    tf.tidy(() => legacy.setWeights(legacy.getWeights().map((weight) => weight.zerosLike())));
    await loadWeights(legacy, join(folder, `${name}_renamed.h5`));
    assert.ok(same(data(legacy.getWeights()), weights));
    legacy.trainable = false;
    const frozen = compute(legacy, pictures, coefficients, true);
    assert.deepEqual(frozen.outputs, inference.outputs);
    assert.ok(same(data(legacy.getWeights()), weights));
    legacy.dispose();
    tf.dispose([pictures, coefficients]);
    assert.equal(tf.memory().numTensors, tensors);

    const error = (actual: Float32Array[], key: string) =>
      actual.length === 0 ? 0 : Math.max(...actual.map((values, index) => relativeError(values, of(key)[index]!)));
    const errors = {
      'outputs at inference': error([inference.outputs], 'inference outputs'),
      'outputs of predict': error([predicted!], 'inference outputs'),
      'outputs in training': error([training.outputs], 'training outputs'),
      'gradients at inference': gradientError(inference.gradients, of('inference gradients'), names),
      'gradients in training': gradientError(training.gradients, of('training gradients'), names),
      'gradient by the input, frozen': error(frozen.gradients, 'inference gradients'),
      'moving averages': error(after, 'averages'),
    };
    for (const [what, worst] of Object.entries(errors)) {
      const inception = name === 'inceptionV3' && what === 'gradients in training';
      reportWorst(t, `${name}, ${what}`, worst, inception ? INCEPTION_LIMIT : LIMIT);
    }
    const [outputs, , trained, atInference, inTraining] = Object.values(errors).map((worst) => worst.toExponential(1));
    t.diagnostic(`table: ${[name, parameters, parameters, outputs, trained, atInference, inTraining].join(' | ')}`);
    for (const file of readdirSync(folder)) if (file.startsWith(`${name}.`)) rmSync(join(folder, file));
    rmSync(join(folder, `${name}_renamed.h5`));
  });
}
