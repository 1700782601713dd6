import { patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * The configurations of SeparableConv2D and DepthwiseConv2D tell all that they are made of: tfjs leaves out the former's
 * depth multiplier, and gives the latter's regularizer for its constraint. And kernels are dilated by zeros between their
 * weights: TensorFlow itself dilates depthwise convolutions on some processors only, and throws on the others; tfjs derives no
 * dilated convolution, and its DepthwiseConv2D forgets that it is one.
 */

/** Puts zeros between the weights of a kernel [rows, columns, channels, multiplier]. */
export function dilate(kernel: tf.Tensor, [down, across]: readonly [number, number]): tf.Tensor {
  if (down === 1 && across === 1) return kernel;
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
type DepthwiseConv2D = tf.layers.Layer & {
  kernelSize: [number, number];
  dilationRate: [number, number];
  depthwiseKernel: tf.LayerVariable;
  depthwiseConstraint: ReturnType<typeof tf.constraints.nonNeg> | null;
};
type Conv2D = tf.layers.Layer & { dilationRate: [number, number]; kernel: tf.LayerVariable };

const separable: SeparableConv2D = Object.getPrototypeOf(tf.layers.separableConv2d({ filters: 1, kernelSize: 1 }));
const depthwise: DepthwiseConv2D = Object.getPrototypeOf(tf.layers.depthwiseConv2d({ kernelSize: 1 }));
const conv: Conv2D = Object.getPrototypeOf(Object.getPrototypeOf(tf.layers.conv2d({ filters: 1, kernelSize: 1 })));

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

const isDilated = ({ dilationRate }: { dilationRate: [number, number] }) => dilationRate.some((rate) => rate !== 1);
const ONE = { dilationRate: { value: [1, 1] } };
/** A weight that is another's, dilated. */
const dilated = (weight: tf.LayerVariable, rates: [number, number]) => ({
  value: { read: () => dilate(weight.read(), rates) },
});

/** Lets convolutions dilate their kernels by zeros: the depthwise ones always, others in training. */
export function dilatedConvolutions(reason: Reason): void {
  patch(
    separable,
    'call',
    (call) =>
      function (this: SeparableConv2D, inputs, kwargs) {
        if (!isDilated(this)) return call.call(this, inputs, kwargs);
        const depthwiseKernel = dilated(this.depthwiseKernel, this.dilationRate);
        return tf.tidy(() => call.call(Object.create(this, { ...ONE, depthwiseKernel }), inputs, kwargs));
      },
    reason,
  );
  patch(
    depthwise,
    'call',
    (call) =>
      function (this: DepthwiseConv2D, inputs, kwargs) {
        if (!isDilated(this)) return call.call(this, inputs, kwargs);
        const depthwiseKernel = dilated(this.depthwiseKernel, this.dilationRate);
        return tf.tidy(() => call.call(Object.create(this, { depthwiseKernel }), inputs, kwargs));
      },
    reason,
  );
  patch(
    depthwise,
    'computeOutputShape',
    (computeOutputShape) =>
      function (this: DepthwiseConv2D, inputShape) {
        const value = this.kernelSize.map((size, axis) => (size - 1) * this.dilationRate[axis]! + 1);
        return computeOutputShape.call(Object.create(this, { kernelSize: { value } }), inputShape);
      },
    reason,
  );
  patch(
    conv,
    'call',
    (call) =>
      function (this: Conv2D, inputs, kwargs) {
        // Those of one and three dimensions are other layers.
        if (!kwargs.training || this.dilationRate.length !== 2 || !isDilated(this)) {
          return call.call(this, inputs, kwargs);
        }
        const kernel = dilated(this.kernel, this.dilationRate);
        return tf.tidy(() => call.call(Object.create(this, { ...ONE, kernel }), inputs, kwargs));
      },
    reason,
  );
}
