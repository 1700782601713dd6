import type * as tf from '../tf';
import type { ApplicationLayers } from './application_layers';

/**
 * Squeeze and excitation as in the EfficientNets: weights each channel of maps [batch, height, width, channels] by what the
 * whole picture says.
 *
 * @param squeezed How many numbers the picture is squeezed into.
 */
export function squeezeExcite(
  x: tf.SymbolicTensor,
  { conv2d, globalAveragePooling2d, multiply, reshape }: ApplicationLayers,
  { prefix, squeezed }: { prefix: string; squeezed: number },
): tf.SymbolicTensor {
  const channels = x.shape.at(-1)!;
  const point = { kernelSize: 1, padding: 'same' } as const;
  let weights = globalAveragePooling2d({ name: `${prefix}se_squeeze` })(x);
  weights = reshape({ name: `${prefix}se_reshape`, targetShape: [1, 1, channels] })(weights);
  weights = conv2d({ name: `${prefix}se_reduce`, filters: squeezed, ...point, activation: 'swish' })(weights);
  weights = conv2d({ name: `${prefix}se_expand`, filters: channels, ...point, activation: 'sigmoid' })(weights);
  return multiply({ name: `${prefix}se_excite` })([x, weights]);
}
