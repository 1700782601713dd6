import * as tf from '../tf';

/*
 * The configurations of SeparableConv2D and DepthwiseConv2D tell all that they are made of: tfjs leaves out the former's
 * depth multiplier, and gives the latter's regularizer for its constraint. Importing Thaw mends both.
 */

const separable: tf.layers.Layer = Object.getPrototypeOf(tf.layers.separableConv2d({ filters: 1, kernelSize: 1 }));
const depthwise: tf.layers.Layer = Object.getPrototypeOf(tf.layers.depthwiseConv2d({ kernelSize: 1 }));

const separableConfig = separable.getConfig;
separable.getConfig = function (this: tf.layers.Layer & { depthMultiplier: number }) {
  return { ...separableConfig.call(this), depthMultiplier: this.depthMultiplier };
};

type Constraint = ReturnType<typeof tf.constraints.nonNeg>;

const depthwiseConfig = depthwise.getConfig;
depthwise.getConfig = function (this: tf.layers.Layer & { depthwiseConstraint: Constraint | null }) {
  const constraint = this.depthwiseConstraint;
  const config = constraint && { className: constraint.getClassName(), config: constraint.getConfig() };
  return { ...depthwiseConfig.call(this), depthwiseConstraint: config };
};
