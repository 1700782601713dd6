import * as tf from './raw';

/*
 * The configurations of SeparableConv2D and DepthwiseConv2D tell all that they are made of: tfjs leaves out the former's
 * depth multiplier, and gives the latter's regularizer for its constraint. And a SeparableConv2D dilates its kernel by zeros
 * between its weights: TensorFlow itself dilates depthwise convolutions on some processors only, and throws on the others.
 * Importing Thaw mends all three.
 */

const separable: tf.layers.Layer = Object.getPrototypeOf(tf.layers.separableConv2d({ filters: 1, kernelSize: 1 }));
const depthwise: tf.layers.Layer = Object.getPrototypeOf(tf.layers.depthwiseConv2d({ kernelSize: 1 }));

const separableConfig = separable.getConfig;
separable.getConfig = function (this: tf.layers.Layer & { depthMultiplier: number }) {
  return { ...separableConfig.call(this), depthMultiplier: this.depthMultiplier };
};

/** Puts zeros between the weights of a kernel [rows, columns, channels, multiplier]. */
function dilate(kernel: tf.Tensor, [down, across]: [number, number]): tf.Tensor {
  const [rows, columns, channels, multiplier] = kernel.shape as [number, number, number, number];
  const none: [number, number] = [0, 0];
  return kernel
    .reshape([rows, 1, columns, 1, channels, multiplier])
    .pad([none, [0, down - 1], none, [0, across - 1], none, none])
    .reshape([rows * down, columns * across, channels, multiplier])
    .slice([0, 0, 0, 0], [(rows - 1) * down + 1, (columns - 1) * across + 1, channels, multiplier]);
}

type SeparableConv2D = tf.layers.Layer & { dilationRate: [number, number]; depthwiseKernel: tf.LayerVariable };

const { call } = separable;
separable.call = function (this: SeparableConv2D, inputs, kwargs) {
  if (this.dilationRate.every((rate) => rate === 1)) return call.call(this, inputs, kwargs);
  const read = () => dilate(this.depthwiseKernel.read(), this.dilationRate);
  const dilated = { dilationRate: { value: [1, 1] }, depthwiseKernel: { value: { read } } };
  return tf.tidy(() => call.call(Object.create(this, dilated), inputs, kwargs));
};

type Constraint = ReturnType<typeof tf.constraints.nonNeg>;

const depthwiseConfig = depthwise.getConfig;
depthwise.getConfig = function (this: tf.layers.Layer & { depthwiseConstraint: Constraint | null }) {
  const constraint = this.depthwiseConstraint;
  const config = constraint && { className: constraint.getClassName(), config: constraint.getConfig() };
  return { ...depthwiseConfig.call(this), depthwiseConstraint: config };
};
