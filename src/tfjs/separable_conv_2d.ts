import { patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * The configurations of SeparableConv2D and DepthwiseConv2D tell all that they are made of: tfjs leaves out the former's
 * depth multiplier, and gives the latter's regularizer for its constraint. And a SeparableConv2D dilates its kernel by zeros
 * between its weights: TensorFlow itself dilates depthwise convolutions on some processors only, and throws on the others.
 */

/** Puts zeros between the weights of a kernel [rows, columns, channels, multiplier]. */
export function dilate(kernel: tf.Tensor, [down, across]: readonly [number, number]): tf.Tensor {
  const [rows, columns, channels, multiplier] = kernel.shape as [number, number, number, number];
  const none: [number, number] = [0, 0];
  return kernel
    .reshape([rows, 1, columns, 1, channels, multiplier])
    .pad([none, [0, down - 1], none, [0, across - 1], none, none])
    .reshape([rows * down, columns * across, channels, multiplier])
    .slice([0, 0, 0, 0], [(rows - 1) * down + 1, (columns - 1) * across + 1, channels, multiplier]);
}

type SeparableConv2D = tf.layers.Layer & {
  depthMultiplier: number;
  dilationRate: [number, number];
  depthwiseKernel: tf.LayerVariable;
};
type DepthwiseConv2D = tf.layers.Layer & { depthwiseConstraint: ReturnType<typeof tf.constraints.nonNeg> | null };

const separable: SeparableConv2D = Object.getPrototypeOf(tf.layers.separableConv2d({ filters: 1, kernelSize: 1 }));
const depthwise: DepthwiseConv2D = Object.getPrototypeOf(tf.layers.depthwiseConv2d({ kernelSize: 1 }));

/** Lets SeparableConv2D and DepthwiseConv2D tell all their settings. */
export function depthwiseConfigs(reason: Reason): void {
  patch(
    separable,
    'getConfig',
    (getConfig) =>
      function (this: SeparableConv2D) {
        return { ...getConfig.call(this), depthMultiplier: this.depthMultiplier };
      },
    reason,
  );
  patch(
    depthwise,
    'getConfig',
    (getConfig) =>
      function (this: DepthwiseConv2D) {
        const constraint = this.depthwiseConstraint;
        const config = constraint && { className: constraint.getClassName(), config: constraint.getConfig() };
        return { ...getConfig.call(this), depthwiseConstraint: config };
      },
    reason,
  );
}

/** Lets a SeparableConv2D dilate its kernel by zeros. */
export function dilatedSeparableConv2d(reason: Reason): void {
  patch(
    separable,
    'call',
    (call) =>
      function (this: SeparableConv2D, inputs, kwargs) {
        if (this.dilationRate.every((rate) => rate === 1)) return call.call(this, inputs, kwargs);
        const read = () => dilate(this.depthwiseKernel.read(), this.dilationRate);
        const dilated = { dilationRate: { value: [1, 1] }, depthwiseKernel: { value: { read } } };
        return tf.tidy(() => call.call(Object.create(this, dilated), inputs, kwargs));
      },
    reason,
  );
}
