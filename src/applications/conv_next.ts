import type * as tf from '../tf';
import { automaticNames } from '../tfjs/layer_paths';
import { type Application, type ApplicationArgs, type Architecture, application } from './application';
import type { ApplicationLayers } from './application_layers';
import { KERAS_APPLICATIONS } from './imagenet_weights';
import { preprocessInput, RGB_DEVIATIONS, RGB_MEANS } from './preprocess_input';

/** The arguments of the ConvNeXts. */
export interface ConvNeXtArgs extends ApplicationArgs {
  /** Whether the first layer normalizes the pictures, which are then from 0 to 255. Defaults to true. */
  includePreprocessing?: boolean;
}

/** What tells one network of the family from the next. */
interface Size {
  /** How many blocks each stage has. */
  depths: number[];
  /** Channels of each stage. */
  widths: number[];
  /** SHA-256 of its weights, with the classifier and without. */
  hashes: [top: string, noTop: string];
}

const NORM = { epsilon: 1e-6 };

/** Convolves each channel by itself, mixes all of them in each point, weights each; adds what came in. */
function block(
  inputs: tf.SymbolicTensor,
  { activation, add, conv2d, dense, layerNormalization, layerScale }: ApplicationLayers,
  { prefix, sum }: { prefix: string; sum: string },
): tf.SymbolicTensor {
  const channels = inputs.shape.at(-1)!;
  const convolution = { filters: channels, kernelSize: 7, padding: 'same', groups: channels } as const;
  let x = conv2d({ name: `${prefix}depthwise_conv`, ...convolution })(inputs);
  x = layerNormalization({ name: `${prefix}layernorm`, ...NORM })(x);
  x = dense({ name: `${prefix}pointwise_conv_1`, units: 4 * channels })(x);
  x = activation({ name: `${prefix}gelu`, activation: 'gelu' })(x);
  x = dense({ name: `${prefix}pointwise_conv_2`, units: channels })(x);
  x = layerScale({ name: `${prefix}layer_scale`, initValues: 1e-6, projectionDim: channels })(x);
  x = activation({ name: `${prefix}identity`, activation: 'linear' })(x);
  return add({ name: sum })([inputs, x]);
}

const convNeXt = (weightsName: string, { depths, widths, hashes }: Size): Application<ConvNeXtArgs> =>
  application(
    preprocessInput('none'),
    ({ name = weightsName, includePreprocessing = true }: ConvNeXtArgs): Architecture => ({
      name,
      defaultSize: 224,
      minSize: 32,
      pretrained: (includeTop) => ({
        url: `${KERAS_APPLICATIONS}/convnext/${weightsName}${includeTop ? '' : '_notop'}.h5`,
        hash: `sha256:${hashes[includeTop ? 0 : 1]}`,
      }),
      features: (x, layers) => {
        const { conv2d, layerNormalization, sequential } = layers;
        if (includePreprocessing && x.shape.at(-1) === 3) {
          const mean = RGB_MEANS.map((value) => value * 255);
          const variance = RGB_DEVIATIONS.map((deviation) => (deviation * 255) ** 2);
          x = layers.normalization({ name: `${name}_prestem_normalization`, mean, variance })(x);
        }
        const automatic = automaticNames();
        for (const [stage, filters] of widths.entries()) {
          const inputShape = x.shape.slice(1);
          if (stage === 0) {
            const conv = conv2d({ name: `${name}_stem_conv`, filters, kernelSize: 4, strides: 4 });
            const norm = layerNormalization({ name: `${name}_stem_layernorm`, ...NORM });
            x = sequential({ name: `${name}_stem`, inputShape, stack: [conv, norm] })(x);
          } else {
            const norm = layerNormalization({ name: `${name}_downsampling_layernorm_${stage - 1}`, ...NORM });
            const conv = conv2d({ name: `${name}_downsampling_conv_${stage - 1}`, filters, kernelSize: 2, strides: 2 });
            const stack = [norm, conv];
            x = sequential({ name: `${name}_downsampling_block_${stage - 1}`, inputShape, stack })(x);
          }
          for (let index = 0; index < depths[stage]!; index++) {
            const prefix = `${name}_stage_${stage}_block_${index}_`;
            x = block(x, layers, { prefix, sum: automatic('add') });
          }
        }
        return x;
      },
      top: (x, { dense, globalAveragePooling2d, layerNormalization }, predictions) => {
        x = globalAveragePooling2d({ name: `${name}_head_gap` })(x);
        x = layerNormalization({ name: `${name}_head_layernorm`, ...NORM })(x);
        return dense({ ...predictions, name: `${name}_head_dense` })(x);
      },
      last: (x, { layerNormalization }) => layerNormalization({ name: 'layer_normalization', ...NORM })(x),
    }),
    { includePreprocessing: true },
  );

/**
 * ConvNeXtTiny, a convnet made as a vision transformer is: kernels of 7×7 over each channel by itself, then two dense layers
 * over all channels of a point. It takes the pictures as they are, values from 0 to 255: the first layer normalizes them.
 *
 * Takes pictures [batch, height, width, 3]; gives [batch, height / 32, width / 32, 768] without the top, [batch, 768] when
 * pooled, [batch, classes] with the top. Mirrors `keras.applications.ConvNeXtTiny`. Source: Liu et al., A ConvNet for the
 * 2020s (2022).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const convNeXtTiny = convNeXt('convnext_tiny', {
  depths: [3, 3, 9, 3],
  widths: [96, 192, 384, 768],
  hashes: [
    '8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff',
    'd547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1',
  ],
});
