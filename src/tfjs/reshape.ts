import { patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * A Reshape to [-1, 3] gives a tensor whose size is known where its input's is, as in Keras, so that a Dense or Flatten
 * can follow. tfjs's leaves it unknown.
 */

type Reshape = tf.layers.Layer & { targetShape: (number | null)[] };

/** Lets a Reshape tell the size that it is to work out. */
export function reshapeOfKnownSize(reason: Reason): void {
  const prototype: Reshape = Object.getPrototypeOf(tf.layers.reshape({ targetShape: [1] }));
  patch(
    prototype,
    'computeOutputShape',
    (computeOutputShape) =>
      function (this: Reshape, inputShape) {
        const [batch, ...sizes] = [inputShape].flat() as tf.Shape;
        // Where all is known, tfjs works it out: with any batch.
        const [, ...target] = computeOutputShape.call(this, [1, ...sizes]) as tf.Shape;
        return [batch!, ...target];
      },
    reason,
  );
}
