import type * as tf from '../tf';
import { type Application, application, averageTop } from './application';
import type { ApplicationLayers } from './application_layers';
import { kernelsFile } from './imagenet_weights';
import { normRelu } from './norm_relu';
import { preprocessInput } from './preprocess_input';

/** Channels that each convolution of a dense block adds. */
const GROWTH_RATE = 32;

/** Adds new channels, computed from all that came in, beside them. */
function convBlock(x: tf.SymbolicTensor, layers: ApplicationLayers, name: string): tf.SymbolicTensor {
  const { concatenate, conv2d } = layers;
  let grown = normRelu(x, layers, `${name}_0_`);
  grown = conv2d({ name: `${name}_1_conv`, filters: 4 * GROWTH_RATE, kernelSize: 1, useBias: false })(grown);
  grown = normRelu(grown, layers, `${name}_1_`);
  const conv = { filters: GROWTH_RATE, kernelSize: 3, padding: 'same', useBias: false } as const;
  grown = conv2d({ name: `${name}_2_conv`, ...conv })(grown);
  return concatenate({ name: `${name}_concat` })([x, grown]);
}

/** Halves the channels and the size of the maps. */
function transitionBlock(x: tf.SymbolicTensor, layers: ApplicationLayers, name: string): tf.SymbolicTensor {
  const { averagePooling2d, conv2d } = layers;
  const filters = Math.trunc(x.shape.at(-1)! / 2);
  x = normRelu(x, layers, `${name}_`);
  x = conv2d({ name: `${name}_conv`, filters, kernelSize: 1, useBias: false })(x);
  return averagePooling2d({ name: `${name}_pool`, poolSize: 2, strides: 2 })(x);
}

/** A DenseNet whose four dense blocks have so many convolution blocks each. */
export const denseNet = (name: string, blocks: number[], hashes: [top: string, noTop: string]): Application =>
  application(preprocessInput('torch'), () => ({
    name,
    defaultSize: 224,
    minSize: 32,
    pretrained: (includeTop) => kernelsFile(`densenet/${name}`, includeTop, hashes),
    features: (x, layers) => {
      const { conv2d, maxPooling2d, zeroPadding2d } = layers;
      x = zeroPadding2d({ name: 'zero_padding2d', padding: 3 })(x);
      x = conv2d({ name: 'conv1_conv', filters: 64, kernelSize: 7, strides: 2, useBias: false })(x);
      x = normRelu(x, layers, 'conv1_');
      x = zeroPadding2d({ name: 'zero_padding2d_1', padding: 1 })(x);
      x = maxPooling2d({ name: 'pool1', poolSize: 3, strides: 2 })(x);
      for (const [index, count] of blocks.entries()) {
        if (index > 0) x = transitionBlock(x, layers, `pool${index + 1}`);
        for (let block = 1; block <= count; block++) {
          x = convBlock(x, layers, `conv${index + 2}_block${block}`);
        }
      }
      return normRelu(x, layers, '');
    },
    top: averageTop(),
    pools: { avg: 'avg_pool', max: 'max_pool' },
  }));

/**
 * DenseNet121, a network whose convolutions each see the maps of all that come before them in their block.
 *
 * Takes pictures [batch, height, width, 3] from `denseNet121.preprocessInput`; gives [batch, height / 32, width / 32, 1024]
 * without the top, [batch, 1024] when pooled, [batch, classes] with the top. Mirrors `keras.applications.DenseNet121`.
 * Source: Huang et al., Densely Connected Convolutional Networks (2017).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const denseNet121 = denseNet(
  'densenet121',
  [6, 12, 24, 16],
  ['9d60b8095a5708f2dcce2bca79d332c7', '30ee3e1110167f948a6b9946edeeb738'],
);

/**
 * DenseNet169, as DenseNet121 with more in its third and fourth blocks; 1664 channels without the top. Mirrors
 * `keras.applications.DenseNet169`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const denseNet169 = denseNet(
  'densenet169',
  [6, 12, 32, 32],
  ['d699b8f76981ab1b30698df4c175e90b', 'b8c4d4c20dd625c148057b9ff1c1176b'],
);

/**
 * DenseNet201, as DenseNet121 with more in its third and fourth blocks; 1920 channels without the top. Mirrors
 * `keras.applications.DenseNet201`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const denseNet201 = denseNet(
  'densenet201',
  [6, 12, 48, 32],
  ['1ceb130c1ea1b78c3bf6114dbdfd8807', 'c13680b51ded0fb44dff2d8f86ac8bb1'],
);
