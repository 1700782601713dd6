import assert from 'node:assert/strict';
import fs, { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { before, beforeEach, type TestContext, test } from 'node:test';
import { applications, layers, models } from '../../src';
import { cutKeys } from '../../src/models/feature_bank/feature_keys';
import { isKnownLayer } from '../../src/models/feature_bank/layer_fingerprint';
import { ModelSteps } from '../../src/models/feature_bank/model_steps';
import * as tf from '../../src/tf';
import { KERAS_ACTIVATIONS } from '../../src/tfjs/keras_activations';
import { STOCK_ACTIVATIONS } from '../../src/tfjs/stock_layers';
import { temporaryHome } from '../support/temporary_home';
import { drawWeights, residual, thawFrom, underHead } from './family_models';
import { bankFiles, inBank, read, SIZE, smallModel, writePictures } from './small_bank';

const folder = temporaryHome().assets;
before(() => writePictures(folder, { train: 20 }));
beforeEach(() => {
  temporaryHome();
});

const dataset = (batchSize?: number) => read(join(folder, 'train'), batchSize);

/** What the bank gives, after it was checked that it gives the same without being enabled. */
async function predicted(model: tf.LayersModel): Promise<number[]> {
  const [kept, plain] = [models.featureBank(), models.featureBank({ enabled: false })];
  const outputs = [await kept.predict(model, await dataset()), await plain.predict(model, await dataset())];
  const [actual, expected] = outputs.map((output) => Array.from(output.dataSync())) as [number[], number[]];
  tf.dispose(outputs);
  for (const [index, value] of actual.entries()) assert.ok(Math.abs(value - expected[index]!) < 1e-5);
  return actual;
}

class Times extends tf.layers.Layer {
  static readonly className: string = 'Times';
  static factor = 2;

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0]!.mul(Times.factor);
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
}

/** Has a setting that is a function, which JSON leaves out. */
class Mapped extends Times {
  static override readonly className: string = 'Mapped';

  constructor(
    private readonly map: (x: tf.Tensor) => tf.Tensor,
    name?: string,
  ) {
    super({ ...(name && { name }) });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => this.map([inputs].flat()[0]!));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), map: this.map as never };
  }
}

/** Two layers of one name and settings that compute different things. */
const PAIRS: Record<string, () => [tf.layers.Layer, tf.layers.Layer]> = {
  'what it maps with': () => [new Mapped((x) => x.mul(2)), new Mapped((x) => x.mul(3))],
  'a closure': () => {
    const times = (factor: number) => new Mapped((x) => x.mul(factor));
    return [times(2), times(3)];
  },
  'what it does with numbers that are far from 0': () => [new Mapped((x) => x), new Mapped((x) => x.minimum(20000))],
  'its class, which has the name of one of tfjs': () => {
    class ReLU extends Times {
      static override readonly className: string = 'ReLU';
    }
    return [tf.layers.reLU(), new ReLU({})];
  },
  'a method that was set on one of tfjs': () => {
    const [a, b] = [tf.layers.reLU(), tf.layers.reLU()];
    b.call = (inputs) => [inputs].flat()[0]!.mul(5);
    return [a, b];
  },
  'an activation': () => {
    const activated = (factor: number) => {
      const layer = tf.layers.activation({ activation: 'relu' });
      const own = Object.create(Reflect.get(layer, 'activation'), {
        constructor: { value: class Own {} },
        apply: { value: (x: tf.Tensor) => x.mul(factor) },
      });
      Reflect.set(layer, 'activation', own);
      return layer;
    };
    return [activated(2), activated(3)];
  },
  'the layer that one of tfjs wraps': () => {
    const wrap = (factor: number) => tf.layers.timeDistributed({ layer: new Mapped((x) => x.mul(factor), 'wrapped') });
    return [wrap(2), wrap(3)];
  },
};

for (const [what, pair] of Object.entries(PAIRS)) {
  test(`layers of one's own that differ in ${what} share nothing`, async () => {
    const [a, b] = pair().map((layer) => smallModel({ augmented: false, own: [layer] })) as [
      tf.LayersModel,
      tf.LayersModel,
    ];
    const first = await predicted(a);
    const { numTensors } = tf.memory();
    const second = await predicted(b);
    assert.equal(bankFiles().length, 2);
    if (!what.startsWith('what it does')) assert.notDeepEqual(first, second);
    assert.deepEqual(await predicted(a), first);
    assert.equal(bankFiles().length, 2, 'and find what is theirs again');
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

test('a layer whose static changes is computed anew', async () => {
  Times.factor = 2;
  const model = smallModel({ augmented: false, own: [new Times({})] });
  const two = await predicted(model);
  Times.factor = 3;
  assert.notDeepEqual(await predicted(model), two);
  Times.factor = 2;
  assert.deepEqual(await predicted(model), two);
  assert.equal(bankFiles().length, 2);
});

test('a layer that gives other numbers each time is refused by name', async () => {
  const random = new Mapped((x) => x.add(tf.randomNormal(x.shape)));
  const model = smallModel({ augmented: false, own: [random] });
  await assert.rejects(models.featureBank().predict(model, await dataset()), /'mapped_\w+' gives.*each time/s);
});

test("an augmentation layer of one's own counts by what it draws", async () => {
  class Shift extends layers.BaseRandomLayer<number> {
    static readonly className = 'Shift';
    static most = 10;
    override getRandomTransformation(random: () => number): number {
      return Shift.most * random();
    }
    override transformImages(images: tf.Tensor4D, shifts: number[]): tf.Tensor4D {
      return images.add(tf.tensor4d(shifts, [shifts.length, 1, 1, 1]));
    }
  }
  const inputs = tf.input({ shape: [...SIZE, 3] });
  const small = smallModel({ augmented: false });
  const outputs = small.apply(new Shift({ seed: 1 }).apply(inputs)) as tf.SymbolicTensor;
  const model = tf.model({ inputs, outputs });
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
  const fit = async () => models.featureBank({ variants: 1 }).fit(model, await dataset(), { epochs: 1 });
  await fit();
  await fit();
  assert.equal(bankFiles().length, 1);
  Shift.most = 20;
  await fit();
  assert.equal(bankFiles().length, 2);
});

const keysOf = (model: tf.LayersModel) => [...cutKeys(new ModelSteps(model)).values()];

test('the keys tell apart what TensorFlow computes with', async (t: TestContext) => {
  const model = smallModel();
  const keys = keysOf(model);
  assert.deepEqual(keysOf(model), keys);
  for (const name of ['TF_ENABLE_ONEDNN_OPTS', 'ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA', 'TF_NUM_INTRAOP_THREADS']) {
    const before = process.env[name];
    process.env[name] = before === '0' ? '1' : '0';
    assert.notDeepEqual(keysOf(model), keys, name);
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
  const level = process.env.TF_CPP_MIN_LOG_LEVEL;
  process.env.TF_CPP_MIN_LOG_LEVEL = '1';
  assert.deepEqual(keysOf(model), keys, 'what is logged changes nothing');
  if (level === undefined) delete process.env.TF_CPP_MIN_LOG_LEVEL;
  else process.env.TF_CPP_MIN_LOG_LEVEL = level;
  const threads = os.availableParallelism() + 1;
  const parallelism = t.mock.method(os, 'availableParallelism', () => threads);
  assert.notDeepEqual(keysOf(model), keys, 'threads');
  parallelism.mock.restore();
  const cpuinfo = (text: string) => t.mock.method(fs, 'readFileSync', () => text);
  const texts = [
    'model name\t: A\ncpu MHz\t: 1000\nflags\t\t: fpu sse2 avx avx2\n\nprocessor: 1',
    'model name\t: A\ncpu MHz\t: 2000\nflags\t\t: avx2 avx sse2 fpu md_clear\n\nprocessor: 1',
    'model name\t: A\ncpu MHz\t: 1000\nflags\t\t: fpu sse2 avx avx2 avx512f\n\nprocessor: 1',
    'model name\t: B\ncpu MHz\t: 1000\nflags\t\t: fpu sse2 avx avx2\n\nprocessor: 1',
  ];
  const processors = texts.map((text) => {
    const mock = cpuinfo(text);
    const [key] = keysOf(model);
    mock.mock.restore();
    return key;
  });
  assert.equal(processors[0], processors[1], 'its speed and what computes nothing');
  assert.equal(new Set([...processors, keys[0]]).size, 4);
  assert.deepEqual(keysOf(model), keys);
});

test('batches of other sizes share a file only where the network takes as many pictures at a time', async () => {
  const model = smallModel();
  for (const [batchSize, files] of [
    [8, 1],
    [5, 2],
    [16, 3],
    [32, 3],
    [8, 3],
  ] as const) {
    (await models.featureBank().predict(model, await dataset(batchSize))).dispose();
    assert.equal(bankFiles().length, files, `${batchSize}`);
  }
});

test('what is kept is the same to the bit, whatever is kept besides', async () => {
  const network = { weights: null, includeTop: false, inputShape: [96, 96, 3] as [number, number, number] };
  const convBase = drawWeights(await applications.mobileNetV2(network));
  thawFrom(convBase);
  const model = underHead(convBase, applications.mobileNetV2.preprocessInput);
  const contents = [];
  // What comes after these is a BatchNormalization, which oneDNN computes together with them.
  for (const cuts of [[], ['block_1_expand'], ['block_3_expand', 'block_6_expand']]) {
    temporaryHome();
    const bank = models.featureBank({ cuts });
    (await bank.predict(model, await read(join(folder, 'train'), 8, [96, 96]))).dispose();
    const files = new Map(bankFiles().map((name) => [name, readFileSync(inBank(name))]));
    assert.equal(files.size, cuts.length + 1);
    contents.push(files);
  }
  tf.dispose(model.weights.map((weight) => weight.read()));
  const [[name, expected]] = [...contents[0]!] as [[string, Buffer]];
  for (const files of contents) assert.deepEqual(files.get(name), expected);
});

test('the layers of all kinds of networks are known, and so are all activations', async () => {
  const network = { weights: null, includeTop: false, inputShape: [32, 32, 3] as [number, number, number] };
  const networks = [
    await applications.vgg16(network),
    await applications.resnet50V2(network),
    await applications.mobileNetV2({ ...network, alpha: 0.35 }),
    await applications.denseNet121(network),
    await applications.efficientNetB0(network),
    await applications.xception({ ...network, inputShape: [71, 71, 3] }),
    residual(),
  ];
  const unknown = networks.flatMap((model) =>
    new ModelSteps(model).steps.filter(({ layer }) => !isKnownLayer(layer)).map(({ layer }) => layer.name),
  );
  assert.deepEqual(unknown, []);
  tf.dispose(networks.flatMap((model) => (model.weights as tf.LayerVariable[]).map((weight) => weight.read())));
  const activationOf = (name: string) =>
    Reflect.get(tf.layers.activation({ activation: name as 'relu' }), 'activation');
  const Activation = Object.getPrototypeOf(activationOf('relu').constructor);
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const names = Object.entries(classNameMap).filter(([, [Class]]) => Class.prototype instanceof Activation);
  assert.deepEqual(names.map(([name]) => name).sort(), [...STOCK_ACTIVATIONS, ...KERAS_ACTIVATIONS].sort());
});

test('who has frozen a few weights only is not told to freeze', async () => {
  const model = (filters: number, frozen: boolean) => {
    const inputs = tf.input({ shape: [...SIZE, 3] });
    const conv = tf.layers.conv2d({ name: 'conv', filters, kernelSize: 3, trainable: !frozen });
    const outputs = tf.layers.dense({ name: 'head', units: 1 }).apply(tf.layers.flatten().apply(conv.apply(inputs)));
    const built = tf.model({ inputs, outputs: outputs as tf.SymbolicTensor });
    built.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    return built;
  };
  const evaluate = async (built: tf.LayersModel) => models.featureBank().evaluate(built, await dataset());
  await assert.rejects(evaluate(model(16, true)), (error: Error) => {
    assert.match(error.message, /1000 weights or more.*enabled: false.*448 frozen weights before layer 'head'/);
    assert.doesNotMatch(error.message, /Freeze/);
    return true;
  });
  await assert.rejects(evaluate(model(16, false)), /Freeze the base.*from layer 'conv' on/);
  await evaluate(model(40, true));
});
