import type * as tf from '../tf';
import { type Application, type ApplicationArgs, type Architecture, application, averageTop } from './application';
import type { ApplicationLayers } from './application_layers';
import { correctPad } from './correct_pad';
import { mobileNetV2Weights } from './imagenet_weights';
import { makeDivisible } from './make_divisible';
import { mobileSize } from './mobile_net';
import { preprocessInput } from './preprocess_input';

/** The arguments of `mobileNetV2`. */
export interface MobileNetV2Args extends ApplicationArgs {
  /** Width of the network: its numbers of filters are multiplied by it. Defaults to 1. */
  alpha?: number;
}

const NORM = { epsilon: 1e-3, momentum: 0.999 };

/** An inverted residual: expands the channels, convolves each by itself, projects to few; adds what came in where it fits. */
function invertedResidual(
  inputs: tf.SymbolicTensor,
  { add, batchNormalization, conv2d, depthwiseConv2d, reLU, zeroPadding2d }: ApplicationLayers,
  { id, filters, strides, expansion }: { id: number; filters: number; strides: 1 | 2; expansion: number },
): tf.SymbolicTensor {
  const prefix = id === 0 ? 'expanded_conv_' : `block_${id}_`;
  const channels = inputs.shape.at(-1)!;
  const point = { kernelSize: 1, padding: 'same', useBias: false } as const;
  let x = inputs;
  if (id > 0) {
    x = conv2d({ name: `${prefix}expand`, filters: expansion * channels, ...point })(x);
    x = batchNormalization({ name: `${prefix}expand_BN`, ...NORM })(x);
    x = reLU({ name: `${prefix}expand_relu`, maxValue: 6 })(x);
  }
  if (strides === 2) x = zeroPadding2d({ name: `${prefix}pad`, padding: correctPad(x, 3) })(x);
  const padding = strides === 1 ? 'same' : 'valid';
  x = depthwiseConv2d({ name: `${prefix}depthwise`, kernelSize: 3, strides, padding, useBias: false })(x);
  x = batchNormalization({ name: `${prefix}depthwise_BN`, ...NORM })(x);
  x = reLU({ name: `${prefix}depthwise_relu`, maxValue: 6 })(x);
  x = conv2d({ name: `${prefix}project`, filters, ...point })(x);
  x = batchNormalization({ name: `${prefix}project_BN`, ...NORM })(x);
  return channels === filters && strides === 1 ? add({ name: `${prefix}add` })([inputs, x]) : x;
}

/** The blocks, in groups: expansion, filters, how many, and the stride of the first. */
const GROUPS: [expansion: number, filters: number, blocks: number, strides: 1 | 2][] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

/**
 * MobileNetV2, a small network of inverted residuals: narrow between its blocks, wide within them.
 *
 * Takes pictures [batch, height, width, 3] from `mobileNetV2.preprocessInput`; gives [batch, height / 32, width / 32, 1280]
 * without the top, [batch, 1280] when pooled, [batch, classes] with the top; more channels where alpha is above 1. Mirrors
 * `keras.applications.MobileNetV2`. Source: Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks (2018).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const mobileNetV2: Application<MobileNetV2Args> = application(
  preprocessInput('tf'),
  (args): Architecture => {
    const { alpha = 1 } = args;
    const trained = { alphas: [0.35, 0.5, 0.75, 1, 1.3, 1.4], sizes: [96, 128, 160, 192, 224] };
    const size = mobileSize('mobilenetv2', args, trained);
    return {
      ...size,
      minSize: 32,
      pretrained: (includeTop) => mobileNetV2Weights(alpha, size.defaultSize, includeTop),
      features: (x, layers) => {
        const { batchNormalization, conv2d, reLU } = layers;
        const first = { filters: makeDivisible(32 * alpha), kernelSize: 3, strides: 2, padding: 'same' } as const;
        x = conv2d({ name: 'Conv1', ...first, useBias: false })(x);
        x = batchNormalization({ name: 'bn_Conv1', ...NORM })(x);
        x = reLU({ name: 'Conv1_relu', maxValue: 6 })(x);
        let id = 0;
        for (const [expansion, width, blocks, strides] of GROUPS) {
          const filters = makeDivisible(Math.trunc(width * alpha));
          for (let block = 0; block < blocks; block++) {
            x = invertedResidual(x, layers, { id: id++, filters, strides: block === 0 ? strides : 1, expansion });
          }
        }
        // The last convolution gets wider with alpha, never narrower, as the paper has it.
        x = conv2d({
          name: 'Conv_1',
          filters: makeDivisible(1280 * Math.max(alpha, 1)),
          kernelSize: 1,
          useBias: false,
        })(x);
        x = batchNormalization({ name: 'Conv_1_bn', ...NORM })(x);
        return reLU({ name: 'out_relu', maxValue: 6 })(x);
      },
      top: averageTop('global_average_pooling2d'),
    };
  },
  { alpha: true },
);
