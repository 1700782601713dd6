import type * as tf from '../tf';

/**
 * The zeros to add around maps [batch, height, width, channels] before a convolution of stride 2 without padding: rows
 * above and below, columns left and right. Mirrors `keras.src.applications.imagenet_utils.correct_pad`.
 */
export function correctPad({ shape }: tf.SymbolicTensor, kernelSize: number): [[number, number], [number, number]] {
  const half = Math.floor(kernelSize / 2);
  const around = (size: number | null): [number, number] => [half - (size === null ? 1 : 1 - (size % 2)), half];
  return [around(shape[1]!), around(shape[2]!)];
}
