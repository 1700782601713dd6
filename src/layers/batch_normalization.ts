import * as tf from '../tf';

/*
 * A frozen BatchNormalization normalises with its moving statistics in training too, and leaves them as they are, as in
 * Keras (`call` in keras/src/layers/normalization/batch_normalization.py). tfjs's takes the batch's and moves its own.
 * Importing Thaw mends every BatchNormalization.
 */

const prototype: tf.layers.Layer = Object.getPrototypeOf(tf.layers.batchNormalization());
const { call } = prototype;
prototype.call = function (this: tf.layers.Layer, inputs, kwargs) {
  return call.call(this, inputs, this.trainable ? kwargs : { ...kwargs, training: false });
};
