import * as tf from '../tf';

/*
 * A frozen BatchNormalization normalises with its moving statistics in training too, and leaves them as they are, as in
 * Keras (`call` in keras/src/layers/normalization/batch_normalization.py). tfjs's takes the batch's and moves its own.
 * Without scale or centre tfjs's can't train. Importing Thaw mends every BatchNormalization.
 */

const NONE = { value: { read: () => null } };

type BatchNormalization = tf.layers.Layer & { gamma?: tf.LayerVariable; beta?: tf.LayerVariable };

const prototype: tf.layers.Layer = Object.getPrototypeOf(tf.layers.batchNormalization());
const { call } = prototype;
prototype.call = function (this: BatchNormalization, inputs, kwargs) {
  if (!kwargs.training || !this.trainable) {
    return call.call(this, inputs, { ...kwargs, training: false });
  }
  const missing = { ...(!this.gamma && { gamma: NONE }), ...(!this.beta && { beta: NONE }) };
  return call.call(Object.create(this, missing), inputs, kwargs);
};
