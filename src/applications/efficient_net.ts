import type * as tf from '../tf';
import { type Application, type Architecture, application } from './application';
import type { ApplicationLayers } from './application_layers';
import { correctPad } from './correct_pad';
import { makeDivisible } from './make_divisible';
import { preprocessInput, RGB_DEVIATIONS } from './preprocess_input';
import { squeezeExcite } from './squeeze_excite';

/** How one network of the family differs from the next. */
interface Scaling {
  /** What the numbers of filters are multiplied by. */
  width: number;
  /** What the numbers of blocks are multiplied by. */
  depth: number;
  /** Height and width that it was trained at. */
  size: number;
  /** With the top: share of the features that are dropped in training. */
  dropout: number;
  /** MD5 of its weights, with the classifier and without. */
  hashes: [top: string, noTop: string];
}

/** The blocks of B0, in groups: kernel size, how many, filters, expansion, and the stride of the first. */
const GROUPS: [kernelSize: number, blocks: number, filters: number, expansion: number, strides: 1 | 2][] = [
  [3, 1, 16, 1, 1],
  [3, 2, 24, 6, 2],
  [5, 2, 40, 6, 2],
  [3, 3, 80, 6, 2],
  [5, 3, 112, 6, 1],
  [5, 4, 192, 6, 2],
  [3, 1, 320, 6, 1],
];
const DROP_CONNECT_RATE = 0.2;
const SQUEEZE = 0.25;

interface BlockArgs {
  prefix: string;
  kernelSize: number;
  filters: number;
  expansion: number;
  strides: 1 | 2;
  /** Share of the pictures that skip the block in training. */
  dropRate: number;
}

/** An inverted residual with squeeze and excitation: each channel is weighted by what the whole picture says. */
function block(
  inputs: tf.SymbolicTensor,
  layers: ApplicationLayers,
  { prefix, kernelSize, filters, expansion, strides, dropRate }: BlockArgs,
): tf.SymbolicTensor {
  const { activation, batchNormalization, conv2d } = layers;
  const point = { kernelSize: 1, padding: 'same' } as const;
  const channels = inputs.shape.at(-1)!;
  const expanded = channels * expansion;

  let x = inputs;
  if (expansion !== 1) {
    x = conv2d({ name: `${prefix}expand_conv`, filters: expanded, ...point, useBias: false })(x);
    x = batchNormalization({ name: `${prefix}expand_bn` })(x);
    x = activation({ name: `${prefix}expand_activation`, activation: 'swish' })(x);
  }
  if (strides === 2) {
    x = layers.zeroPadding2d({ name: `${prefix}dwconv_pad`, padding: correctPad(x, kernelSize) })(x);
  }
  const padding = strides === 1 ? 'same' : 'valid';
  x = layers.depthwiseConv2d({ name: `${prefix}dwconv`, kernelSize, strides, padding, useBias: false })(x);
  x = batchNormalization({ name: `${prefix}bn` })(x);
  x = activation({ name: `${prefix}activation`, activation: 'swish' })(x);

  const squeezed = Math.max(1, Math.trunc(channels * SQUEEZE));
  x = squeezeExcite(x, layers, { prefix, squeezed });

  x = conv2d({ name: `${prefix}project_conv`, filters, ...point, useBias: false })(x);
  x = batchNormalization({ name: `${prefix}project_bn` })(x);
  if (strides !== 1 || channels !== filters) return x;
  if (dropRate > 0) x = layers.dropConnect({ name: `${prefix}drop`, rate: dropRate })(x);
  return layers.add({ name: `${prefix}add` })([x, inputs]);
}

function efficientNet(version: number, { width, depth, size, dropout, hashes }: Scaling): Application {
  const name = `efficientnetb${version}`;
  const filtersOf = (filters: number) => makeDivisible(filters * width);
  const groups = GROUPS.map(([kernelSize, blocks, filters, expansion, strides]) =>
    Array.from({ length: Math.ceil(depth * blocks) }, (_, index) => ({
      letter: String.fromCharCode(97 + index),
      settings: { kernelSize, filters: filtersOf(filters), expansion, strides: index === 0 ? strides : 1 },
    })),
  );
  return application(
    preprocessInput('none'),
    ({ weights = 'imagenet' }): Architecture => ({
      name,
      defaultSize: size,
      minSize: 32,
      pretrained: (includeTop) => ({
        url: `https://storage.googleapis.com/keras-applications/${name}${includeTop ? '' : '_notop'}.h5`,
        hash: `md5:${hashes[includeTop ? 0 : 1]}`,
      }),
      kernels: {
        convolution: { scale: 2, mode: 'fanOut', distribution: 'truncatedNormal' },
        dense: { scale: 1 / 3, mode: 'fanOut', distribution: 'uniform' },
      },
      features: (x, layers) => {
        const { activation, batchNormalization, conv2d } = layers;
        x = layers.rescaling({ name: 'rescaling', scale: 1 / 255 })(x);
        x = layers.normalization({ name: 'normalization' })(x);
        // The ImageNet weights were trained on pictures divided by the variance, where Normalization takes its root.
        const scale = RGB_DEVIATIONS.map((deviation) => 1 / Math.sqrt(deviation));
        if (weights === 'imagenet') x = layers.rescaling({ name: 'rescaling_1', scale })(x);
        x = layers.zeroPadding2d({ name: 'stem_conv_pad', padding: correctPad(x, 3) })(x);
        x = conv2d({ name: 'stem_conv', filters: filtersOf(32), kernelSize: 3, strides: 2, useBias: false })(x);
        x = batchNormalization({ name: 'stem_bn' })(x);
        x = activation({ name: 'stem_activation', activation: 'swish' })(x);
        const count = groups.flat().length;
        let before = 0;
        for (const [index, blocks] of groups.entries()) {
          for (const { letter, settings } of blocks) {
            const dropRate = (DROP_CONNECT_RATE * before++) / count;
            x = block(x, layers, { prefix: `block${index + 1}${letter}_`, dropRate, ...settings });
          }
        }
        const filters = filtersOf(1280);
        x = conv2d({ name: 'top_conv', filters, kernelSize: 1, padding: 'same', useBias: false })(x);
        x = batchNormalization({ name: 'top_bn' })(x);
        return activation({ name: 'top_activation', activation: 'swish' })(x);
      },
      top: (x, layers, predictions) => {
        x = layers.globalAveragePooling2d({ name: 'avg_pool' })(x);
        x = layers.dropout({ name: 'top_dropout', rate: dropout })(x);
        return layers.dense(predictions)(x);
      },
      pools: { avg: 'avg_pool', max: 'max_pool' },
    }),
  );
}

/**
 * EfficientNetB0, the smallest of a family whose depth, width and size of the pictures grow together. It takes the pictures
 * as they are, values from 0 to 255: the first layers rescale and normalize them.
 *
 * Takes pictures [batch, height, width, 3]; gives [batch, height / 32, width / 32, 1280] without the top, [batch, 1280] when
 * pooled, [batch, classes] with the top. Mirrors `keras.applications.EfficientNetB0`. Source: Tan and Le, EfficientNet:
 * Rethinking Model Scaling for Convolutional Neural Networks (2019).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const efficientNetB0 = efficientNet(0, {
  width: 1,
  depth: 1,
  size: 224,
  dropout: 0.2,
  hashes: ['902e53a9f72be733fc0bcb005b3ebbac', '50bc09e76180e00e4465e1a485ddc09d'],
});

/** As {@link efficientNetB0}, trained at 240×240, with 1280 channels at the end. Mirrors `keras.applications.EfficientNetB1`. */
export const efficientNetB1 = efficientNet(1, {
  width: 1,
  depth: 1.1,
  size: 240,
  dropout: 0.2,
  hashes: ['1d254153d4ab51201f1646940f018540', '74c4e6b3e1f6a1eea24c589628592432'],
});

/** As {@link efficientNetB0}, trained at 260×260, with 1408 channels at the end. Mirrors `keras.applications.EfficientNetB2`. */
export const efficientNetB2 = efficientNet(2, {
  width: 1.1,
  depth: 1.2,
  size: 260,
  dropout: 0.3,
  hashes: ['b15cce36ff4dcbd00b6dd88e7857a6ad', '111f8e2ac8aa800a7a99e3239f7bfb39'],
});

/** As {@link efficientNetB0}, trained at 300×300, with 1536 channels at the end. Mirrors `keras.applications.EfficientNetB3`. */
export const efficientNetB3 = efficientNet(3, {
  width: 1.2,
  depth: 1.4,
  size: 300,
  dropout: 0.3,
  hashes: ['ffd1fdc53d0ce67064dc6a9c7960ede0', 'af6d107764bb5b1abb91932881670226'],
});

/** As {@link efficientNetB0}, trained at 380×380, with 1792 channels at the end. Mirrors `keras.applications.EfficientNetB4`. */
export const efficientNetB4 = efficientNet(4, {
  width: 1.4,
  depth: 1.8,
  size: 380,
  dropout: 0.4,
  hashes: ['18c95ad55216b8f92d7e70b3a046e2fc', 'ebc24e6d6c33eaebbd558eafbeedf1ba'],
});

/** As {@link efficientNetB0}, trained at 456×456, with 2048 channels at the end. Mirrors `keras.applications.EfficientNetB5`. */
export const efficientNetB5 = efficientNet(5, {
  width: 1.6,
  depth: 2.2,
  size: 456,
  dropout: 0.4,
  hashes: ['ace28f2a6363774853a83a0b21b9421a', '38879255a25d3c92d5e44e04ae6cec6f'],
});

/** As {@link efficientNetB0}, trained at 528×528, with 2304 channels at the end. Mirrors `keras.applications.EfficientNetB6`. */
export const efficientNetB6 = efficientNet(6, {
  width: 1.8,
  depth: 2.6,
  size: 528,
  dropout: 0.5,
  hashes: ['165f6e37dce68623721b423839de8be5', '9ecce42647a20130c1f39a5d4cb75743'],
});

/** As {@link efficientNetB0}, trained at 600×600, with 2560 channels at the end. Mirrors `keras.applications.EfficientNetB7`. */
export const efficientNetB7 = efficientNet(7, {
  width: 2,
  depth: 3.1,
  size: 600,
  dropout: 0.5,
  hashes: ['8c03f828fec3ef71311cd463b6759d99', 'cbcfe4450ddf6f3ad90b1b398090fe4a'],
});
