import { patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * A Softmax along an axis other than the last, which tfjs can't compute, is refused when a model is built of it, by
 * name; tfjs waits for the first prediction.
 */

type Softmax = tf.layers.Layer & { axis: number | number[] };

/** Refuses a Softmax along another axis than the last when a model is built of it. */
export function softmaxAlongLastAxis(reason: Reason): void {
  const prototype: Softmax = Object.getPrototypeOf(tf.layers.softmax());
  patch(
    prototype,
    'computeOutputShape',
    (computeOutputShape) =>
      function (this: Softmax, inputShape) {
        const rank = [inputShape].flat().length;
        const axes = [this.axis].flat();
        if (axes.length === 1 && axes[0] !== -1 && axes[0] !== rank - 1) {
          throw new Error(
            `Expected the layer '${this.name}' to go along the last axis, -1. Received: axis=${this.axis}`,
          );
        }
        return computeOutputShape.call(this, inputShape);
      },
    reason,
  );
}
