import { patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * A Cropping2D of pictures of any size gives pictures of any size. tfjs's takes an unknown size for 0, and crops it to less.
 */

/** Lets a Cropping2D leave an unknown size unknown. */
export function croppingOfUnknownSize(reason: Reason): void {
  patch(
    Object.getPrototypeOf(tf.layers.cropping2D({ cropping: 1 })) as tf.layers.Layer,
    'computeOutputShape',
    (computeOutputShape) =>
      function (this: tf.layers.Layer, inputShape) {
        const sizes = [inputShape].flat(2) as tf.Shape;
        const shape = computeOutputShape.call(this, sizes) as tf.Shape;
        return shape.map((size, axis) => (sizes[axis] === null ? null : size));
      },
    reason,
  );
}
