import type * as tf from '../tf';
import { type Application, type Architecture, application, averageTop } from './application';
import type { ApplicationLayers } from './application_layers';
import { kernelsFile } from './imagenet_weights';
import { NORM, normRelu } from './norm_relu';
import { preprocessInput } from './preprocess_input';

/** How many blocks each stack has. */
export type Blocks = readonly [conv2: number, conv3: number, conv4: number, conv5: number];

/** Where a block stands in its network, and what it does to the maps. */
export interface ResidualBlockArgs {
  /** Number of the stack: they are conv2 to conv5. */
  stack: number;
  /** Number of the block in its stack, from 1. The first one widens the maps to its 4 × filters channels. */
  block: number;
  /** Filters of its narrow convolutions. */
  filters: number;
  /** 2 where it halves the maps. */
  strides: 1 | 2;
}

/** What tells one ResNet from another. */
export interface Residuals {
  /** Filters and number of blocks of each stack, and the strides of one of its blocks. */
  stacks: [filters: number, blocks: number, strides: 1 | 2][];
  /** Adds a block to what comes before it. */
  residualBlock: (x: tf.SymbolicTensor, layers: ApplicationLayers, args: ResidualBlockArgs) => tf.SymbolicTensor;
  /** Whether blocks activate what comes in, not what they give; then it is the last of a stack that strides, not the first. */
  preactivated: boolean;
}

/**
 * A ResNet: a convolution, a pooling and four stacks of residual blocks. Mirrors `keras.src.applications.resnet.ResNet`.
 *
 * @param hashes The MD5 of its weights with the top and without.
 */
export function resnet(
  name: string,
  hashes: [top: string, noTop: string],
  { stacks, residualBlock, preactivated }: Residuals,
): Architecture {
  return {
    name,
    defaultSize: 224,
    minSize: 32,
    pretrained: (includeTop) => kernelsFile(`resnet/${name}`, includeTop, hashes),
    features: (x, layers) => {
      const { conv2d, maxPooling2d, zeroPadding2d } = layers;
      x = zeroPadding2d({ name: 'conv1_pad', padding: 3 })(x);
      x = conv2d({ name: 'conv1_conv', filters: 64, kernelSize: 7, strides: 2 })(x);
      if (!preactivated) x = normRelu(x, layers, 'conv1_');
      x = zeroPadding2d({ name: 'pool1_pad', padding: 1 })(x);
      x = maxPooling2d({ name: 'pool1_pool', poolSize: 3, strides: 2 })(x);
      for (const [index, [filters, blocks, strides]] of stacks.entries()) {
        const strided = preactivated ? blocks : 1;
        for (let block = 1; block <= blocks; block++) {
          const args = { stack: index + 2, block, filters, strides: block === strided ? strides : 1 } as const;
          x = residualBlock(x, layers, args);
        }
      }
      return preactivated ? normRelu(x, layers, 'post_') : x;
    },
    top: averageTop(),
    pools: { avg: 'avg_pool', max: 'max_pool' },
  };
}

/** Narrows, convolves, widens; adds what came in; activates the sum. */
function residualBlock(
  x: tf.SymbolicTensor,
  layers: ApplicationLayers,
  { stack, block, filters, strides }: ResidualBlockArgs,
): tf.SymbolicTensor {
  const { activation, add, batchNormalization, conv2d } = layers;
  const name = `conv${stack}_block${block}`;
  let shortcut = x;
  if (block === 1) {
    shortcut = conv2d({ name: `${name}_0_conv`, filters: 4 * filters, kernelSize: 1, strides })(x);
    shortcut = batchNormalization({ name: `${name}_0_bn`, ...NORM })(shortcut);
  }
  x = conv2d({ name: `${name}_1_conv`, filters, kernelSize: 1, strides })(x);
  x = normRelu(x, layers, `${name}_1_`);
  x = conv2d({ name: `${name}_2_conv`, filters, kernelSize: 3, padding: 'same' })(x);
  x = normRelu(x, layers, `${name}_2_`);
  x = conv2d({ name: `${name}_3_conv`, filters: 4 * filters, kernelSize: 1 })(x);
  x = batchNormalization({ name: `${name}_3_bn`, ...NORM })(x);
  x = add({ name: `${name}_add` })([shortcut, x]);
  return activation({ name: `${name}_out`, activation: 'relu' })(x);
}

/** A ResNet whose stacks have so many blocks each. */
const residuals = (
  name: string,
  [conv2, conv3, conv4, conv5]: Blocks,
  hashes: [top: string, noTop: string],
): Application =>
  application(preprocessInput('caffe'), () =>
    resnet(name, hashes, {
      stacks: [
        [64, conv2, 1],
        [128, conv3, 2],
        [256, conv4, 2],
        [512, conv5, 2],
      ],
      residualBlock,
      preactivated: false,
    }),
  );

/**
 * ResNet50, a network of residual blocks: each adds what it learns to what came in.
 *
 * Takes pictures [batch, height, width, 3] from `resnet50.preprocessInput`; gives [batch, height / 32, width / 32, 2048]
 * without the top, sizes rounded up, [batch, 2048] when pooled, [batch, classes] with the top. Mirrors
 * `keras.applications.ResNet50`. Source: He et al., Deep Residual Learning for Image Recognition (2015).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const resnet50 = residuals(
  'resnet50',
  [3, 4, 6, 3],
  ['2cb95161c43110f7111970584f804107', '4d473c1dd8becc155b73f8504c6f6626'],
);

/**
 * ResNet101, as {@link resnet50} with more blocks in its third stack. Mirrors `keras.applications.ResNet101`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const resnet101 = residuals(
  'resnet101',
  [3, 4, 23, 3],
  ['f1aeb4b969a6efcfb50fad2f0c20cfc5', '88cf7a10940856eca736dc7b7e228a21'],
);

/**
 * ResNet152, as {@link resnet50} with more blocks in its second and third stacks. Mirrors `keras.applications.ResNet152`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const resnet152 = residuals(
  'resnet152',
  [3, 8, 36, 3],
  ['100835be76be38e30d865e96f2aaae62', 'ee4c566cf9a93f14d82f913c2dc6dd0c'],
);
