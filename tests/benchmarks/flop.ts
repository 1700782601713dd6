import type * as tf from '@tensorflow/tfjs-node';

/** Floating-point operations of a layer for one picture: two for each weight of a kernel, wherever it is laid. */
export function flopOfLayer(layer: tf.layers.Layer): number {
  if ('layers' in layer) return flop(layer as tf.LayersModel);
  const places = (layer.outputShape as tf.Shape).slice(1, -1).reduce<number>((product, size) => product * size!, 1);
  const kernels = layer.weights.filter(({ originalName }) => /kernel$/i.test(originalName));
  return kernels.reduce((total, { shape }) => total + 2 * places * shape.reduce<number>((a, b) => a * b!, 1), 0);
}

/** Floating-point operations of a model for one picture, those of its convolutions and dense layers. */
export function flop(model: tf.LayersModel): number {
  return model.layers.reduce((total, layer) => total + flopOfLayer(layer), 0);
}

/** Those of a training step in which every layer trains: forward, to each layer's weights and, but for the first, to its input. */
export function trainingFlop(model: tf.LayersModel): number {
  const first = model.layers.map(flopOfLayer).find((one) => one > 0) ?? 0;
  return 3 * flop(model) - first;
}
