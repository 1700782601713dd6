import * as tf from './raw';

/*
 * A Reshape to [-1, 3] gives a tensor whose size is known where its input's is, as in Keras, so that a Dense or Flatten
 * can follow. tfjs's leaves it unknown. Importing Thaw mends every Reshape.
 */

type Reshape = tf.layers.Layer & { targetShape: (number | null)[] };

const prototype: Reshape = Object.getPrototypeOf(tf.layers.reshape({ targetShape: [1] }));
const { computeOutputShape } = prototype;
prototype.computeOutputShape = function (this: Reshape, inputShape) {
  const [batch, ...sizes] = [inputShape].flat() as tf.Shape;
  // Where all is known, tfjs works it out: with any batch.
  const [, ...target] = computeOutputShape.call(this, [1, ...sizes]) as tf.Shape;
  return [batch!, ...target];
};
