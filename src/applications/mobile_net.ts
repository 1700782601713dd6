import type * as tf from '../tf';
import { type Application, type ApplicationArgs, type Architecture, application } from './application';
import type { ApplicationLayers } from './application_layers';
import { KERAS_APPLICATIONS } from './imagenet_weights';
import { preprocessInput } from './preprocess_input';

/** The arguments of `mobileNet`. */
export interface MobileNetArgs extends ApplicationArgs {
  /** Width of the network: its numbers of filters are multiplied by it. Defaults to 1. */
  alpha?: number;
  /** Filters of each depthwise convolution per channel. Defaults to 1. */
  depthMultiplier?: number;
  /** With the top: share of the features that are dropped in training. Defaults to 0.001. */
  dropout?: number;
}

/** Which of a mobile network's weights serve: those of its width, trained on pictures of its size or of 224×224. */
export interface MobileSize {
  /** Height and width that the weights were trained at. */
  defaultSize: number;
  /** The name of the model that Keras gives. */
  name: string;
}

/**
 * The size of a network that was trained at several widths and at several sizes of the pictures.
 *
 * @param network The name that the model's begins with.
 * @throws Error when there are no ImageNet weights of that width.
 */
export function mobileSize(
  network: string,
  { weights = 'imagenet', includeTop = true, inputShape, alpha = 1 }: MobileNetArgs,
  { alphas, sizes }: { alphas: number[]; sizes: number[] },
): MobileSize {
  const [rows, columns] = inputShape ?? (includeTop ? [224, 224] : [null, null]);
  const trained = rows !== null && rows === columns && sizes.includes(rows);
  const defaultSize = trained ? rows : 224;
  if (weights === 'imagenet') {
    if (!alphas.includes(alpha)) {
      throw new Error(
        `If imagenet weights are being loaded, alpha must be one of ${alphas.join(', ')} only. Received: alpha=${alpha}`,
      );
    }
    if (!trained) {
      console.warn(
        `\`inputShape\` is undefined or non-square, or its height is not in [${sizes.join(', ')}]. ` +
          'Weights for input shape (224, 224) will be loaded as the default.',
      );
    }
  }
  const size = weights === 'imagenet' ? defaultSize : (rows ?? 'None');
  return { defaultSize, name: `${network}_${alpha.toFixed(2)}_${size}` };
}

type Stride = 1 | 2;

/** A 3×3 convolution of each channel by itself, then a 1×1 convolution over all. */
function depthwiseBlock(
  x: tf.SymbolicTensor,
  { zeroPadding2d, depthwiseConv2d, batchNormalization, reLU, conv2d }: ApplicationLayers,
  { id, filters, strides, depthMultiplier }: { id: number; filters: number; strides: Stride; depthMultiplier: number },
): tf.SymbolicTensor {
  const below: [number, number] = [0, 1];
  const padding = strides === 1 ? 'same' : 'valid';
  if (strides === 2) x = zeroPadding2d({ name: `conv_pad_${id}`, padding: [below, below] })(x);
  x = depthwiseConv2d({ name: `conv_dw_${id}`, kernelSize: 3, strides, padding, depthMultiplier, useBias: false })(x);
  x = batchNormalization({ name: `conv_dw_${id}_bn` })(x);
  x = reLU({ name: `conv_dw_${id}_relu`, maxValue: 6 })(x);
  x = conv2d({ name: `conv_pw_${id}`, filters, kernelSize: 1, padding: 'same', useBias: false })(x);
  x = batchNormalization({ name: `conv_pw_${id}_bn` })(x);
  return reLU({ name: `conv_pw_${id}_relu`, maxValue: 6 })(x);
}

/** The widths with ImageNet weights, and how file names give them. */
const ALPHAS = new Map([
  [0.25, '2_5'],
  [0.5, '5_0'],
  [0.75, '7_5'],
  [1, '1_0'],
]);

const BLOCKS: [filters: number, strides: Stride][] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

/**
 * MobileNet, a small network of depthwise separable convolutions: each channel by itself, then all of them in a point.
 *
 * Takes pictures [batch, height, width, 3] from `mobileNet.preprocessInput`; gives [batch, height / 32, width / 32, 1024 ×
 * alpha] without the top, [batch, 1024 × alpha] when pooled, [batch, classes] with the top. Mirrors
 * `keras.applications.MobileNet`. Source: Howard et al., MobileNets: Efficient Convolutional Neural Networks for Mobile
 * Vision Applications (2017).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const mobileNet: Application<MobileNetArgs> = application(
  preprocessInput('tf'),
  (args): Architecture => {
    const { weights = 'imagenet', alpha = 1, depthMultiplier = 1, dropout = 1e-3 } = args;
    if (weights === 'imagenet' && depthMultiplier !== 1) {
      throw new Error(
        'If imagenet weights are being loaded, depth multiplier must be 1. ' +
          `Received: depthMultiplier=${depthMultiplier}`,
      );
    }
    const size = mobileSize('mobilenet', args, { alphas: [...ALPHAS.keys()], sizes: [128, 160, 192, 224] });
    const url = `${KERAS_APPLICATIONS}/mobilenet/mobilenet_${ALPHAS.get(alpha)}_${size.defaultSize}_tf`;
    return {
      ...size,
      minSize: 32,
      pretrained: (includeTop) => ({ url: `${url}${includeTop ? '' : '_no_top'}.h5` }),
      features: (x, layers) => {
        const { conv2d, batchNormalization, reLU } = layers;
        const filters = Math.trunc(32 * alpha);
        x = conv2d({ name: 'conv1', filters, kernelSize: 3, strides: 2, padding: 'same', useBias: false })(x);
        x = batchNormalization({ name: 'conv1_bn' })(x);
        x = reLU({ name: 'conv1_relu', maxValue: 6 })(x);
        for (const [index, [filters, strides]] of BLOCKS.entries()) {
          const block = { id: index + 1, filters: Math.trunc(filters * alpha), strides, depthMultiplier };
          x = depthwiseBlock(x, layers, block);
        }
        return x;
      },
      top: (x, layers, { name, units, activation }) => {
        x = layers.globalAveragePooling2d({ name: 'global_average_pooling2d', keepdims: true })(x);
        x = layers.dropout({ name: 'dropout', rate: dropout })(x);
        x = layers.conv2d({ name: 'conv_preds', filters: units, kernelSize: 1, padding: 'same' })(x);
        x = layers.reshape({ name: 'reshape_2', targetShape: [units] })(x);
        return layers.activation({ name, activation })(x);
      },
    };
  },
  { alpha: true, depthMultiplier: true, dropout: true },
);
