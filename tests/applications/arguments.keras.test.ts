import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as applications from '../../src/applications';
import type { MobileNetArgs } from '../../src/applications/mobile_net';
import type { MobileNetV3Args } from '../../src/applications/mobile_net_v3';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';

type Args = MobileNetArgs & MobileNetV3Args;

const FIRST = {
  xception: applications.xception,
  resnet50: applications.resnet50,
  resnet50V2: applications.resnet50V2,
  mobileNet: applications.mobileNet,
  mobileNetV2: applications.mobileNetV2,
  efficientNetB0: applications.efficientNetB0,
  denseNet121: applications.denseNet121,
  vgg16: applications.vgg16,
  vgg19: applications.vgg19,
  inceptionV3: applications.inceptionV3,
  convNeXtTiny: applications.convNeXtTiny,
};
const NETWORKS: Record<string, applications.Application<Args>> = {
  ...FIRST,
  efficientNetB1: applications.efficientNetB1,
  efficientNetB2: applications.efficientNetB2,
  efficientNetB3: applications.efficientNetB3,
  efficientNetB4: applications.efficientNetB4,
  efficientNetB5: applications.efficientNetB5,
  efficientNetB6: applications.efficientNetB6,
  efficientNetB7: applications.efficientNetB7,
  denseNet169: applications.denseNet169,
  denseNet201: applications.denseNet201,
  resnet101: applications.resnet101,
  resnet152: applications.resnet152,
  resnet101V2: applications.resnet101V2,
  resnet152V2: applications.resnet152V2,
  efficientNetV2B0: applications.efficientNetV2B0,
  efficientNetV2B1: applications.efficientNetV2B1,
  efficientNetV2B2: applications.efficientNetV2B2,
  efficientNetV2B3: applications.efficientNetV2B3,
  mobileNetV3Small: applications.mobileNetV3Small,
  mobileNetV3Large: applications.mobileNetV3Large,
};

const VARIANTS: [network: string, args: Args][] = [
  ...Object.keys(NETWORKS).flatMap((network): [string, Args][] => [
    [network, {}],
    [network, { includeTop: false, pooling: 'avg', inputShape: [95, 120, 3] }],
  ]),
  ...Object.keys(FIRST).flatMap((network): [string, Args][] => [
    [network, { includeTop: false }],
    [network, { includeTop: false, pooling: 'max', inputShape: [75, 75, 1] }],
    [network, { classes: 5, classifierActivation: 'sigmoid', inputShape: [96, 77, 4], name: 'mine' }],
  ]),
  ...[0.25, 0.5, 0.75].map((alpha): [string, Args] => ['mobileNet', { alpha, inputShape: [128, 128, 3] }]),
  ['mobileNet', { depthMultiplier: 2, dropout: 0.1 }],
  ...['mobileNetV3Small', 'mobileNetV3Large'].flatMap((network): [string, Args][] => [
    [network, { includeTop: false }],
    [network, { includeTop: false, pooling: 'max', inputShape: [75, 75, 1], name: 'mine' }],
    [network, { minimalistic: true, dropoutRate: 0, inputShape: [64, 33, 3], includePreprocessing: false }],
    ...[0.35, 0.75, 1.5].map((alpha): [string, Args] => [network, { alpha, classes: 5, dropoutRate: 0.1 }]),
  ]),
  ['efficientNetV2B0', { includeTop: false }],
  ['efficientNetV2B0', { includeTop: false, pooling: 'max', inputShape: [75, 75, 1] }],
  ['efficientNetV2B2', { classes: 5, classifierActivation: 'sigmoid', inputShape: [96, 77, 4] }],
  ...['efficientNetV2B3', 'convNeXtTiny'].map((network): [string, Args] => [network, { includePreprocessing: false }]),
  ...[0.35, 0.5, 0.75, 1.3, 1.4].map((alpha): [string, Args] => ['mobileNetV2', { alpha, inputShape: [96, 96, 3] }]),
];

const NO_TOP = { includeTop: false };
/** Mistakes, and the words that Keras and Thaw say of them. */
const MISTAKES: [network: string, args: Args, words: RegExp][] = [
  ...Object.keys(FIRST).flatMap((network): [string, Args, RegExp][] => {
    const size = { xception: 71, inceptionV3: 75 }[network] ?? 32;
    const usual = size === 32 ? 224 : 299;
    const least = RegExp(`Input size must be at least ${size}x${size}`);
    const shape = RegExp(`\`inputShape\` should be [([]${usual}, ?${usual}, ?3[)\\]]`);
    return [
      [network, { ...NO_TOP, inputShape: [size - 1, 100, 3] }, least],
      [network, { ...NO_TOP, weights: null, inputShape: [100, size - 1, 3] }, least],
      [network, { ...NO_TOP, inputShape: [96, 96, 1] }, /The input must have 3 channels/],
      [network, { ...NO_TOP, inputShape: [96, 96, 4] }, /The input must have 3 channels/],
      [network, { inputShape: [180, 180, 3] }, shape],
      [network, { classes: 10 }, /`classes` should be 1000/],
      [network, { weights: 'nowhere.h5' }, /The `weights` argument should be either/],
      [
        network,
        { classifierActivation: 'sigmoid' },
        /`softmax` activations are allowed for the `classifierActivation` arg/,
      ],
      [network, { weights: null, inputShape: [null, null, 3] }, /you should specify a static `inputShape`/],
    ];
  }),
  ['mobileNet', { alpha: 0.35 }, /alpha (can|must) be one of/],
  ['mobileNetV2', { alpha: 0.25 }, /alpha must be one of/],
  ...['mobileNetV3Small', 'mobileNetV3Large'].flatMap((network): [string, Args, RegExp][] => [
    [network, { ...NO_TOP, inputShape: [31, 100, 3] }, /Input size must be at least 32x32/],
    [network, { classes: 10 }, /`classes` should be 1000/],
    [network, { weights: 'nowhere.h5' }, /The `weights` argument should be either/],
    [network, { alpha: 0.5 }, /alpha can be one of `0.75`, `1.0` for non minimalistic or `1.0` for minimalistic only/],
    [network, { alpha: 0.75, minimalistic: true }, /alpha can be one of `0.75`, `1.0`/],
  ]),
  ['mobileNet', { depthMultiplier: 2 }, /depth multiplier must be 1/],
];

interface Described {
  name: string;
  layers: [name: string, shape: (number | null)[], settings: number[]][];
  parameters: number;
  trainable: number;
}

const SMALL: Args = { weights: null, includeTop: false, alpha: 0.35, inputShape: [96, 96, 3] };
const folder = mkdtempSync(join(tmpdir(), 'thaw-arguments-'));
/** Of one picture [2, 2, 3]. */
const PICTURE = [
  [
    [0, 128, 255],
    [17, 34, 51],
  ],
  [
    [255, 255, 255],
    [200, 100, 0],
  ],
];
let keras: {
  networks: Described[];
  complaints: (string | null)[];
  preprocessed: Record<string, number[]>;
  /** Of pictures of one channel and of two; null where Keras fails. */
  channels: Record<string, (number[] | null)[]>;
};

// Only names, shapes and numbers of weights are asked for, and drawing hundreds of millions takes a minute.
const scaling = Object.getPrototypeOf(
  tf.initializers.varianceScaling({ scale: 1, mode: 'fanIn', distribution: 'normal' }),
);
const { apply } = scaling;
const warn = console.warn;

before(() => {
  const networks = VARIANTS.map(([network, args]) => [network, { weights: null, ...args }]);
  const mistakes = MISTAKES.map(([network, args]) => [network, args]);
  writeFileSync(
    join(folder, 'cases.json'),
    JSON.stringify({ networks, mistakes, small: SMALL, picture: PICTURE, all: Object.keys(NETWORKS) }),
  );
  runKeras(join(__dirname, 'arguments_keras.py'), folder);
  keras = JSON.parse(readFileSync(join(folder, 'keras.json'), 'utf8'));
  scaling.apply = (shape: number[]) => tf.zeros(shape);
  // Of a size that no weights were trained at, as in Keras.
  console.warn = () => {};
});
after(() => {
  scaling.apply = apply;
  console.warn = warn;
  rmSync(folder, { recursive: true });
});

function settings(layer: tf.layers.Layer): number[] {
  const { epsilon, momentum, rate } = layer.getConfig() as Record<string, number>;
  if (layer.getClassName() === 'BatchNormalization') return [epsilon!, momentum!];
  if (layer.getClassName() === 'LayerNormalization') return [epsilon!];
  return layer.getClassName() === 'Dropout' ? [rate!] : [];
}

function describe(model: tf.LayersModel): Described {
  const sizes = model.trainableWeights.map(({ shape }) => tf.util.sizeFromShape(shape as number[]));
  return {
    name: model.name,
    layers: model.layers.map((layer) => [layer.name, layer.outputShape as (number | null)[], settings(layer)]),
    parameters: model.countParams(),
    trainable: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** That `act` fails as `check` wants, and leaves no tensor behind. */
async function assertFails(act: () => Promise<unknown>, check: (error: Error) => void): Promise<void> {
  const tensors = tf.memory().numTensors;
  await assert.rejects(act, (error: Error) => {
    check(error);
    return true;
  });
  assert.equal(tf.memory().numTensors, tensors);
}

for (const [index, [network, args]] of VARIANTS.entries()) {
  test(`${network}(${JSON.stringify(args)}) has the layers, shapes and parameters of Python Keras's`, async () => {
    const tensors = tf.memory().numTensors;
    const model = await NETWORKS[network]!({ weights: null, ...args });
    assert.deepEqual(describe(model), keras.networks[index]);
    model.dispose();
    assert.equal(tf.memory().numTensors, tensors);
  });
}

const camelCase = (text: string) => text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

for (const [index, [network, args, words]] of MISTAKES.entries()) {
  test(`${network}(${JSON.stringify(args)}) is refused in the words of Python Keras`, async () => {
    assert.match(camelCase(keras.complaints[index] ?? 'no error'), words);
    await assertFails(
      () => NETWORKS[network]!(args),
      ({ message }) => {
        assert.match(message, words);
        assert.match(message, /Received: /);
      },
    );
  });
}

test('preprocessInput of each network gives what Python Keras gives, for pictures and as a layer', (t) => {
  const tensors = tf.memory().numTensors;
  const picture = tf.tensor4d([PICTURE]);
  const inputs = tf.input({ shape: [2, 2, 3] });
  const errors = Object.entries(NETWORKS).flatMap(([network, { preprocessInput }]) => {
    const pixels = preprocessInput(picture);
    const outputs = preprocessInput(inputs);
    // The networks that take pictures as they are add no layer.
    const layer = outputs === inputs ? undefined : tf.model({ inputs, outputs });
    const seen = (layer?.predict(picture) as tf.Tensor | undefined) ?? picture.clone();
    const both = [pixels, seen].map((tensor) => relativeError(tensor.dataSync(), keras.preprocessed[network]!));
    tf.dispose([pixels, seen]);
    layer?.dispose();
    return both;
  });
  picture.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  reportWorst(t, `preprocessInput of ${Object.keys(NETWORKS).length} networks`, Math.max(...errors), 1e-6);
});

test('preprocessInput takes pictures of other than three channels where Python Keras takes tensors of them', () => {
  const tensors = tf.memory().numTensors;
  const refused =
    /expects pictures \[\.\.\., channels\] of (1 or )?3 channels\. Received: the shape \[(1|null),2,2,[12]\]/;
  for (const [network, { preprocessInput }] of Object.entries(NETWORKS)) {
    for (const [index, expected] of keras.channels[network]!.entries()) {
      const channels = index + 1;
      const picture = tf.tidy(() => tf.range(0, 4 * channels).reshape([1, 2, 2, channels]));
      const inputs = tf.input({ shape: [2, 2, channels] });
      if (expected === null) {
        assert.throws(() => preprocessInput(picture), refused, network);
        assert.throws(() => preprocessInput(inputs), refused, network);
      } else {
        const pixels = preprocessInput(picture);
        assert.ok(relativeError(pixels.dataSync(), expected) < 1e-6, network);
        const outputs = preprocessInput(inputs);
        if (outputs !== inputs) {
          const model = tf.model({ inputs, outputs });
          const seen = model.predict(picture) as tf.Tensor;
          assert.ok(relativeError(seen.dataSync(), expected) < 1e-6, network);
          seen.dispose();
          model.dispose();
        }
        pixels.dispose();
      }
      picture.dispose();
    }
  }
  assert.equal(tf.memory().numTensors, tensors);
});

test('the networks refuse what Python Keras takes and does nothing with, naming it', async () => {
  const mistakes: [Record<string, unknown>, RegExp][] = [
    [{ ...NO_TOP, weights: null, pooling: 'mean' }, /The `pooling` argument should be .* Received: pooling=mean/],
    [{ weights: null, classes: 0 }, /`classes` should be a positive integer. Received: classes=0/],
    [{ weights: null, classes: 2.5 }, /`classes` should be a positive integer. Received: classes=2.5/],
    [
      { weights: null, inputShape: [64, 64] },
      /`inputShape` must be an array of three integers. Received: inputShape=\[64,64\]/,
    ],
  ];
  for (const network of Object.values(NETWORKS)) {
    for (const [args, words] of mistakes) {
      await assertFails(
        () => network(args as Args),
        ({ message }) => assert.match(message, words),
      );
    }
  }
});

test('a file of weights that is cut, of another kind, or of another network is a ModelFileError that names it', async () => {
  const good = readFileSync(join(folder, 'small.weights.h5'));
  const files: Record<string, [Buffer, RegExp]> = {
    'cut.weights.h5': [good.subarray(0, good.length / 2), /is truncated or damaged: fetch or save it anew/],
    'page.weights.h5': [Buffer.from('<html>404</html>'.repeat(1000)), /which is no HDF5 file/],
    'empty.weights.h5': [Buffer.alloc(0), /which is no HDF5 file/],
    'zeros.weights.h5': [Buffer.concat([good.subarray(0, 8), Buffer.alloc(good.length - 8)]), /truncated or damaged/],
    'other.weights.h5': [good, /don't fit the model/],
  };
  for (const [name, [bytes, words]] of Object.entries(files)) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    for (const network of [applications.efficientNetB0, applications.mobileNetV2]) {
      const act = () => network({ ...NO_TOP, weights: path, inputShape: [96, 96, 3] });
      await assertFails(act, (error) => {
        assert.equal(error.name, 'ModelFileError');
        assert.match(error.message, words);
        assert.ok(error.message.includes(name), error.message);
      });
    }
  }
  const tensors = tf.memory().numTensors;
  (await applications.mobileNetV2({ ...SMALL, weights: join(folder, 'small.weights.h5') })).dispose();
  assert.equal(tf.memory().numTensors, tensors);
});
