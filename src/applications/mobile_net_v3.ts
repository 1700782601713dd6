import type * as tf from '../tf';
import { automaticNames } from '../tfjs/layer_paths';
import { type Application, type ApplicationArgs, type Architecture, application } from './application';
import type { ApplicationLayers } from './application_layers';
import { correctPad } from './correct_pad';
import { KERAS_APPLICATIONS } from './imagenet_weights';
import { makeDivisible } from './make_divisible';
import { preprocessInput } from './preprocess_input';

/** The arguments of the MobileNetV3s. */
export interface MobileNetV3Args extends ApplicationArgs {
  /** Width of the network: its numbers of filters are multiplied by it. Defaults to 1. */
  alpha?: number;
  /** Whether to do without squeeze and excitation, `hard_swish` and kernels of 5×5. Defaults to false. */
  minimalistic?: boolean;
  /** With the top: share of the features that are dropped in training. Defaults to 0.2. */
  dropoutRate?: number;
  /** Whether the first layer rescales the pictures, which are then from 0 to 255; else from -1 to 1. Defaults to true. */
  includePreprocessing?: boolean;
}

/** A block: what the number of channels grows by within, what it gives, and what it has but in a minimalistic network. */
interface Block {
  expansion: number;
  filters: number;
  strides?: 2;
  /** Kernels of 5×5. Defaults to 3×3. */
  large?: boolean;
  /** Squeeze and excitation. */
  squeezes?: boolean;
  /** `hard_swish`. Defaults to ReLU. */
  swishes?: boolean;
}

/** How one network of the family differs from the other. */
interface Size {
  name: string;
  blocks: Block[];
  /** Channels of the convolution in the top. */
  last: number;
  /** MD5 of its weights, with the top and without, for each kind of it that has any. */
  hashes: Record<string, [top: string, noTop: string]>;
}

const NORM = { epsilon: 1e-3, momentum: 0.999 };
const POINT = { kernelSize: 1, padding: 'same' } as const;
const SQUEEZE = 0.25;

/** The layers that Keras gives no names: it counts them, as {@link automaticNames}. */
function unnamedLayers({ activation, reLU, rescaling }: ApplicationLayers, minimalistic: boolean) {
  const name = automaticNames();
  const relu = (x: tf.SymbolicTensor) => reLU({ name: name('re_lu') })(x);
  const hardSwish = (x: tf.SymbolicTensor) => activation({ name: name('activation'), activation: 'hardSilu' })(x);
  return {
    relu,
    active: minimalistic ? relu : hardSwish,
    hardSigmoid: (x: tf.SymbolicTensor) => {
      x = rescaling({ name: name('add'), scale: 1, offset: 3 })(x);
      x = reLU({ name: name('re_lu'), maxValue: 6 })(x);
      return rescaling({ name: name('multiply'), scale: 1 / 6 })(x);
    },
  };
}

type Unnamed = ReturnType<typeof unnamedLayers>;

/** Weights each channel by what the whole picture says. */
function squeezeExcite(
  inputs: tf.SymbolicTensor,
  { conv2d, globalAveragePooling2d, multiply, reLU }: ApplicationLayers,
  { hardSigmoid }: Unnamed,
  prefix: string,
  filters: number,
): tf.SymbolicTensor {
  const named = (what: string) => ({ name: `${prefix}squeeze_excite_${what}` });
  let x = globalAveragePooling2d({ ...named('avg_pool'), keepdims: true })(inputs);
  x = conv2d({ ...named('conv'), filters: makeDivisible(filters * SQUEEZE), ...POINT })(x);
  x = reLU(named('relu'))(x);
  x = hardSigmoid(conv2d({ ...named('conv_1'), filters, ...POINT })(x));
  return multiply(named('mul'))([inputs, x]);
}

/** An inverted residual: expands the channels, convolves each by itself, projects to few; adds what came in where it fits. */
function invertedResidual(
  inputs: tf.SymbolicTensor,
  layers: ApplicationLayers,
  unnamed: Unnamed,
  id: number,
  { expansion, filters, strides = 1, large, squeezes, swishes }: Omit<Block, 'strides'> & { strides?: 1 | 2 },
): tf.SymbolicTensor {
  const { add, batchNormalization, conv2d, depthwiseConv2d, zeroPadding2d } = layers;
  const activate = swishes ? unnamed.active : unnamed.relu;
  const prefix = id === 0 ? 'expanded_conv_' : `expanded_conv_${id}_`;
  const channels = inputs.shape.at(-1)!;
  const expanded = makeDivisible(channels * expansion);
  const kernelSize = large ? 5 : 3;
  let x = inputs;
  if (id > 0) {
    x = conv2d({ name: `${prefix}expand`, filters: expanded, ...POINT, useBias: false })(x);
    x = activate(batchNormalization({ name: `${prefix}expand_bn`, ...NORM })(x));
  }
  if (strides === 2) x = zeroPadding2d({ name: `${prefix}depthwise_pad`, padding: correctPad(x, kernelSize) })(x);
  const padding = strides === 1 ? 'same' : 'valid';
  x = depthwiseConv2d({ name: `${prefix}depthwise`, kernelSize, strides, padding, useBias: false })(x);
  x = activate(batchNormalization({ name: `${prefix}depthwise_bn`, ...NORM })(x));
  if (squeezes) x = squeezeExcite(x, layers, unnamed, prefix, expanded);
  x = conv2d({ name: `${prefix}project`, filters, ...POINT, useBias: false })(x);
  x = batchNormalization({ name: `${prefix}project_bn`, ...NORM })(x);
  return channels === filters && strides === 1 ? add({ name: `${prefix}add` })([inputs, x]) : x;
}

/** The file of weights, by the name that Keras gives the network in it. */
function pretrained(kind: string, includeTop: boolean, [top, noTop]: [top: string, noTop: string]) {
  const url = `${KERAS_APPLICATIONS}/mobilenet_v3/weights_mobilenet_v3_${kind}`;
  return { url: `${url}${includeTop ? '' : '_no_top_v2'}.h5`, hash: `md5:${includeTop ? top : noTop}` };
}

/** @throws Error when there are no ImageNet weights of that width. */
function checkWeights({ weights = 'imagenet', inputShape, alpha = 1, minimalistic = false }: MobileNetV3Args): void {
  if (weights !== 'imagenet') return;
  if (alpha !== 1 && (minimalistic || alpha !== 0.75)) {
    throw new Error(
      'If imagenet weights are being loaded, alpha can be one of `0.75`, `1.0` for non minimalistic or `1.0` for ' +
        `minimalistic only. Received: alpha=${alpha}, minimalistic=${minimalistic}`,
    );
  }
  if (inputShape?.[0] !== 224 || inputShape[1] !== 224) {
    console.warn(
      '`inputShape` is undefined or non-square, or its height is not 224. ' +
        'Weights for input shape (224, 224) will be loaded as the default.',
    );
  }
}

const mobileNetV3 = (size: string, { name, blocks, last, hashes }: Size): Application<MobileNetV3Args> =>
  application(
    preprocessInput('none'),
    (args: MobileNetV3Args): Architecture => {
      const { alpha = 1, minimalistic = false, dropoutRate = 0.2, includePreprocessing = true } = args;
      checkWeights(args);
      const kind = `${size}${minimalistic ? '_minimalistic' : ''}_224_${alpha === 1 ? '1.0' : alpha}_float`;
      let unnamed: Unnamed;
      return {
        name,
        defaultSize: 224,
        minSize: 32,
        anySize: true,
        pretrained: (includeTop) => pretrained(kind, includeTop, hashes[kind]!),
        features: (x, layers) => {
          const { batchNormalization, conv2d } = layers;
          unnamed = unnamedLayers(layers, minimalistic);
          if (includePreprocessing) x = layers.rescaling({ name: 'rescaling', scale: 1 / 127.5, offset: -1 })(x);
          x = conv2d({ name: 'conv', filters: 16, kernelSize: 3, strides: 2, padding: 'same', useBias: false })(x);
          x = unnamed.active(batchNormalization({ name: 'conv_bn', ...NORM })(x));
          for (const [id, block] of blocks.entries()) {
            const filters = makeDivisible(block.filters * alpha);
            const plain = minimalistic && { large: false, squeezes: false };
            x = invertedResidual(x, layers, unnamed, id, { ...block, filters, ...plain });
          }
          x = conv2d({ name: 'conv_1', filters: makeDivisible(x.shape.at(-1)! * 6), ...POINT, useBias: false })(x);
          return unnamed.active(batchNormalization({ name: 'conv_1_bn', ...NORM })(x));
        },
        top: (x, layers, { name, units, activation }) => {
          const { conv2d } = layers;
          x = layers.globalAveragePooling2d({ name: 'global_average_pooling2d', keepdims: true })(x);
          // The last convolution gets wider with alpha, never narrower, as the paper has it.
          const filters = alpha > 1 ? makeDivisible(last * alpha) : last;
          x = unnamed.active(conv2d({ name: 'conv_2', filters, ...POINT })(x));
          if (dropoutRate > 0) x = layers.dropout({ name: 'dropout', rate: dropoutRate })(x);
          x = conv2d({ name: 'logits', filters: units, ...POINT })(x);
          x = layers.flatten({ name: 'flatten' })(x);
          return layers.activation({ name, activation })(x);
        },
        pools: { avg: 'avg_pool', max: 'max_pool' },
      };
    },
    { alpha: true, minimalistic: true, dropoutRate: true, includePreprocessing: true },
  );

const [squeezes, swishes, large] = [true, true, true];

/**
 * MobileNetV3Small, a network for telephones whose blocks were found by search: inverted residuals, some with squeeze and
 * excitation. It takes the pictures as they are, values from 0 to 255: the first layer rescales them.
 *
 * Takes pictures [batch, height, width, 3]; gives [batch, height / 32, width / 32, 576 × alpha] without the top, sizes
 * rounded up, [batch, 576 × alpha] when pooled, [batch, classes] with the top. Mirrors `keras.applications.MobileNetV3Small`.
 * Source: Howard et al., Searching for MobileNetV3 (2019).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const mobileNetV3Small = mobileNetV3('small', {
  name: 'MobileNetV3Small',
  blocks: [
    { expansion: 1, filters: 16, strides: 2, squeezes },
    { expansion: 72 / 16, filters: 24, strides: 2 },
    { expansion: 88 / 24, filters: 24 },
    { expansion: 4, filters: 40, strides: 2, large, squeezes, swishes },
    { expansion: 6, filters: 40, large, squeezes, swishes },
    { expansion: 6, filters: 40, large, squeezes, swishes },
    { expansion: 3, filters: 48, large, squeezes, swishes },
    { expansion: 3, filters: 48, large, squeezes, swishes },
    { expansion: 6, filters: 96, strides: 2, large, squeezes, swishes },
    { expansion: 6, filters: 96, large, squeezes, swishes },
    { expansion: 6, filters: 96, large, squeezes, swishes },
  ],
  last: 1024,
  hashes: {
    'small_224_0.75_float': ['cb65d4e5be93758266aa0a7f2c6708b7', 'ebdb5cc8e0b497cd13a7c275d475c819'],
    'small_224_1.0_float': ['8768d4c2e7dee89b9d02b2d03d65d862', 'd3e8ec802a04aa4fc771ee12a9a9b836'],
    'small_minimalistic_224_1.0_float': ['99cd97fb2fcdad2bf028eb838de69e37', 'cde8136e733e811080d9fcd8a252f7e4'],
  },
});

/**
 * MobileNetV3Large, as {@link mobileNetV3Small} with more and wider blocks; 960 × alpha channels without the top. Mirrors
 * `keras.applications.MobileNetV3Large`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const mobileNetV3Large = mobileNetV3('large', {
  name: 'MobileNetV3Large',
  blocks: [
    { expansion: 1, filters: 16 },
    { expansion: 4, filters: 24, strides: 2 },
    { expansion: 3, filters: 24 },
    { expansion: 3, filters: 40, strides: 2, large, squeezes },
    { expansion: 3, filters: 40, large, squeezes },
    { expansion: 3, filters: 40, large, squeezes },
    { expansion: 6, filters: 80, strides: 2, swishes },
    { expansion: 2.5, filters: 80, swishes },
    { expansion: 2.3, filters: 80, swishes },
    { expansion: 2.3, filters: 80, swishes },
    { expansion: 6, filters: 112, squeezes, swishes },
    { expansion: 6, filters: 112, squeezes, swishes },
    { expansion: 6, filters: 160, strides: 2, large, squeezes, swishes },
    { expansion: 6, filters: 160, large, squeezes, swishes },
    { expansion: 6, filters: 160, large, squeezes, swishes },
  ],
  last: 1280,
  hashes: {
    'large_224_0.75_float': ['765b44a33ad4005b3ac83185abf1d0eb', '40af19a13ebea4e2ee0c676887f69a2e'],
    'large_224_1.0_float': ['59e551e166be033d707958cf9e29a6a7', '07fb09a5933dd0c8eaafa16978110389'],
    'large_minimalistic_224_1.0_float': ['675e7b876c45c57e9e63e6d90a36599c', 'ec5221f64a2f6d1ef965a614bdae7973'],
  },
});
