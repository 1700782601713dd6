import type * as tf from '../tf';
import type { ApplicationLayers } from './application_layers';

/** The batch normalization of ResNet and of DenseNet. */
export const NORM = { epsilon: 1.001e-5 };

/** A batch normalization and a ReLU: maps [batch, height, width, channels] as they come in, in layers `<prefix>bn` and `<prefix>relu`. */
export function normRelu(
  x: tf.SymbolicTensor,
  { batchNormalization, activation }: ApplicationLayers,
  prefix: string,
): tf.SymbolicTensor {
  x = batchNormalization({ name: `${prefix}bn`, ...NORM })(x);
  return activation({ name: `${prefix}relu`, activation: 'relu' })(x);
}
