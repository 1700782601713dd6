import { patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * LayerNormalization in the operations that it consists of: tfjs stretches mean, variance, scale and centre to the size of
 * its input to call them a batch normalisation, which it has for four axes at most and TensorFlow only by as many operations.
 */

type LayerNormalization = tf.layers.Layer & {
  axis: number | number[];
  epsilon: number;
  gamma: tf.LayerVariable | null;
  beta: tf.LayerVariable | null;
};

/** Lets LayerNormalization normalise whatever number of axes, in a few operations. */
export function plainLayerNormalization(reason: Reason): void {
  const prototype: LayerNormalization = Object.getPrototypeOf(tf.layers.layerNormalization());
  patch(
    prototype,
    'build',
    (build) =>
      function (this: LayerNormalization, inputShape) {
        const { length } = [inputShape].flat(2);
        // Keras sorts them, and tfjs counts those from the end only where it has a list of its own.
        this.axis = [this.axis].flat().map((axis) => (axis < 0 ? axis + length : axis));
        this.axis.sort((a, b) => a - b);
        build.call(this, inputShape);
      },
    reason,
  );
  patch(
    prototype,
    'call',
    () =>
      function (this: LayerNormalization, inputs) {
        return tf.tidy(() => {
          const input = [inputs].flat()[0]!;
          const axes = [this.axis].flat();
          const along = input.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
          const centred = input.sub(input.mean(axes, true));
          const variance = centred.square().mean(axes, true);
          const normal = centred.mul(variance.add(this.epsilon).rsqrt());
          const scaled = this.gamma ? normal.mul(this.gamma.read().reshape(along)) : normal;
          return this.beta ? scaled.add(this.beta.read().reshape(along)) : scaled;
        });
      },
    reason,
  );
}
