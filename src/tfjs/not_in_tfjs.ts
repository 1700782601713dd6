import type * as tf from './raw';

/** The error that says that a layer, which does `what`, can't go into a `model.json`: tfjs alone reads that. */
export function notInTfjs(layer: tf.layers.Layer, what: string): Error {
  return new Error(
    `The layer '${layer.name}' (${layer.getClassName()}) ${what}, for which tfjs by itself has nothing. ` +
      'Save the model as .keras or .h5.',
  );
}
