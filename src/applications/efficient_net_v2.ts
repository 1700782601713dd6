import type * as tf from '../tf';
import { type Application, type ApplicationArgs, type Architecture, application } from './application';
import type { ApplicationLayers } from './application_layers';
import { KERAS_APPLICATIONS } from './imagenet_weights';
import { preprocessInput, RGB_DEVIATIONS, RGB_MEANS } from './preprocess_input';
import { squeezeExcite } from './squeeze_excite';

/** The arguments of the EfficientNetV2s. */
export interface EfficientNetV2Args extends ApplicationArgs {
  /** Whether the first layers rescale and normalize the pictures, which are then from 0 to 255. Defaults to true. */
  includePreprocessing?: boolean;
}

/** How one network of the family differs from the next. */
interface Scaling {
  /** What the numbers of filters are multiplied by. */
  width: number;
  /** What the numbers of blocks are multiplied by. */
  depth: number;
  /** Height and width that it was trained at. */
  size: number;
  /** MD5 of its weights, with the classifier and without. */
  hashes: [top: string, noTop: string];
}

/** Blocks alike, but that the first may halve the maps. */
interface Group {
  blocks: number;
  filters: number;
  expansion: number;
  strides: 1 | 2;
  /** Whether one convolution does what in the later groups a 1×1 convolution and a depthwise one do. */
  fused: boolean;
}

/** The blocks of B0. */
const GROUPS: Group[] = [
  { blocks: 1, filters: 16, expansion: 1, strides: 1, fused: true },
  { blocks: 2, filters: 32, expansion: 4, strides: 2, fused: true },
  { blocks: 2, filters: 48, expansion: 4, strides: 2, fused: true },
  { blocks: 3, filters: 96, expansion: 4, strides: 2, fused: false },
  { blocks: 5, filters: 112, expansion: 6, strides: 1, fused: false },
  { blocks: 8, filters: 192, expansion: 6, strides: 2, fused: false },
];
/** How many blocks B0 has. */
const COUNT = GROUPS.reduce((sum, { blocks }) => sum + blocks, 0);
const DROP_CONNECT_RATE = 0.2;
const SQUEEZE = 0.25;
const NORM = { momentum: 0.9 };

interface BlockArgs extends Omit<Group, 'blocks'> {
  prefix: string;
  /** Share of the pictures that skip the block in training. */
  dropRate: number;
}

/** A convolution, a batch normalization, and an activation where it has a name. */
function convolve(
  x: tf.SymbolicTensor,
  { activation, batchNormalization, conv2d }: ApplicationLayers,
  {
    names: [conv, norm, active],
    ...args
  }: {
    names: [conv: string, norm: string, active?: string];
    filters: number;
    kernelSize: number;
    strides?: 1 | 2;
  },
): tf.SymbolicTensor {
  x = conv2d({ name: conv, padding: 'same', useBias: false, ...args })(x);
  x = batchNormalization({ name: norm, ...NORM })(x);
  return active === undefined ? x : activation({ name: active, activation: 'swish' })(x);
}

/** Expands the channels, convolves, projects to few; adds what came in where it fits. */
function block(
  inputs: tf.SymbolicTensor,
  layers: ApplicationLayers,
  { prefix, filters, expansion, strides, fused, dropRate }: BlockArgs,
): tf.SymbolicTensor {
  const channels = inputs.shape.at(-1)!;
  const namesOf = (step: string): [conv: string, norm: string, active: string] => [
    `${prefix}${step}_conv`,
    `${prefix}${step}_bn`,
    `${prefix}${step}_activation`,
  ];
  let x = inputs;
  if (expansion !== 1) {
    const kernel = fused ? ({ kernelSize: 3, strides } as const) : { kernelSize: 1 };
    x = convolve(x, layers, { names: namesOf('expand'), filters: channels * expansion, ...kernel });
  }
  if (!fused) {
    const depthwise = { kernelSize: 3, strides, padding: 'same', useBias: false } as const;
    x = layers.depthwiseConv2d({ name: `${prefix}dwconv2`, ...depthwise })(x);
    x = layers.batchNormalization({ name: `${prefix}bn`, ...NORM })(x);
    x = layers.activation({ name: `${prefix}activation`, activation: 'swish' })(x);
    x = squeezeExcite(x, layers, { prefix, squeezed: Math.max(1, Math.trunc(channels * SQUEEZE)) });
  }
  const [conv, norm, active] = namesOf('project');
  // A fused block that expands nothing is its last convolution alone.
  x =
    expansion === 1
      ? convolve(x, layers, { names: [conv, norm, active], filters, kernelSize: 3, strides })
      : convolve(x, layers, { names: [conv, norm], filters, kernelSize: 1 });
  if (strides !== 1 || channels !== filters) return x;
  if (dropRate > 0) x = layers.dropConnect({ name: `${prefix}drop`, rate: dropRate })(x);
  return layers.add({ name: `${prefix}add` })([x, inputs]);
}

function preprocess(x: tf.SymbolicTensor, { normalization, rescaling }: ApplicationLayers): tf.SymbolicTensor {
  // Of other channels ImageNet tells nothing.
  if (x.shape.at(-1) !== 3) return rescaling({ name: 'rescaling', scale: 1 / 128, offset: -1 })(x);
  x = rescaling({ name: 'rescaling', scale: 1 / 255 })(x);
  const variance = RGB_DEVIATIONS.map((deviation) => deviation ** 2);
  return normalization({ name: 'normalization', mean: RGB_MEANS, variance })(x);
}

function efficientNetV2(version: number, { width, depth, size, hashes }: Scaling): Application<EfficientNetV2Args> {
  const name = `efficientnetv2-b${version}`;
  // To a multiple of 8, however far down that is.
  const filtersOf = (filters: number) => Math.max(8, Math.floor((filters * width + 4) / 8) * 8);
  const groups = GROUPS.map(({ blocks, filters, strides, ...group }) =>
    Array.from({ length: Math.ceil(depth * blocks) }, (_, index) => ({
      letter: String.fromCharCode(97 + index),
      settings: { ...group, filters: filtersOf(filters), strides: index === 0 ? strides : (1 as const) },
    })),
  );
  return application(
    preprocessInput('none'),
    ({ includePreprocessing = true }: EfficientNetV2Args): Architecture => ({
      name,
      defaultSize: size,
      minSize: 32,
      pretrained: (includeTop) => ({
        url: `${KERAS_APPLICATIONS}/efficientnet_v2/${name}${includeTop ? '' : '_notop'}.h5`,
        hash: `md5:${hashes[includeTop ? 0 : 1]}`,
      }),
      kernels: {
        convolution: { scale: 2, mode: 'fanOut', distribution: 'truncatedNormal' },
        dense: { scale: 1 / 3, mode: 'fanOut', distribution: 'uniform' },
      },
      features: (x, layers) => {
        if (includePreprocessing) x = preprocess(x, layers);
        const stem = { filters: filtersOf(32), kernelSize: 3, strides: 2 } as const;
        x = convolve(x, layers, { names: ['stem_conv', 'stem_bn', 'stem_activation'], ...stem });
        let before = 0;
        for (const [index, blocks] of groups.entries()) {
          for (const { letter, settings } of blocks) {
            const dropRate = (DROP_CONNECT_RATE * before++) / COUNT;
            x = block(x, layers, { prefix: `block${index + 1}${letter}_`, dropRate, ...settings });
          }
        }
        const last = { filters: filtersOf(1280), kernelSize: 1 };
        return convolve(x, layers, { names: ['top_conv', 'top_bn', 'top_activation'], ...last });
      },
      top: (x, layers, predictions) => {
        x = layers.globalAveragePooling2d({ name: 'avg_pool' })(x);
        x = layers.dropout({ name: 'top_dropout', rate: 0.2 })(x);
        return layers.dense(predictions)(x);
      },
      pools: { avg: 'avg_pool', max: 'max_pool' },
    }),
    { includePreprocessing: true },
  );
}

/**
 * EfficientNetV2B0, the smallest of a family that trains faster than the first EfficientNets: its first blocks convolve all
 * channels at once. It takes the pictures as they are, values from 0 to 255: the first layers rescale and normalize them.
 *
 * Takes pictures [batch, height, width, 3]; gives [batch, height / 32, width / 32, 1280] without the top, sizes rounded up,
 * [batch, 1280] when pooled, [batch, classes] with the top. Mirrors `keras.applications.EfficientNetV2B0`. Source: Tan and
 * Le, EfficientNetV2: Smaller Models and Faster Training (2021).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const efficientNetV2B0 = efficientNetV2(0, {
  width: 1,
  depth: 1,
  size: 224,
  hashes: ['21ecbf6da12460d5c40bb2f29ceb2188', '893217f2bb855e2983157299931e43ff'],
});

/** As {@link efficientNetV2B0}, trained at 240×240, with 1280 channels at the end. Mirrors `keras.applications.EfficientNetV2B1`. */
export const efficientNetV2B1 = efficientNetV2(1, {
  width: 1,
  depth: 1.1,
  size: 240,
  hashes: ['069f0534ff22adf035c89e2d9547a9dc', '0e80663031ca32d657f9caa404b6ec37'],
});

/** As {@link efficientNetV2B0}, trained at 260×260, with 1408 channels at the end. Mirrors `keras.applications.EfficientNetV2B2`. */
export const efficientNetV2B2 = efficientNetV2(2, {
  width: 1.1,
  depth: 1.2,
  size: 260,
  hashes: ['424e49f28180edbde1e94797771950a7', '1dfe2e7a5d45b6632553a8961ea609eb'],
});

/** As {@link efficientNetV2B0}, trained at 300×300, with 1536 channels at the end. Mirrors `keras.applications.EfficientNetV2B3`. */
export const efficientNetV2B3 = efficientNetV2(3, {
  width: 1.2,
  depth: 1.4,
  size: 300,
  hashes: ['1f1fc43bd98a6e4fd8fdfd551e02c7a0', 'f6abf7b5849ac99a89b50dd3fd532856'],
});
