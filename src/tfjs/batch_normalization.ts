import { patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * A frozen BatchNormalization normalises with its moving statistics in training too, and leaves them as they are, as in
 * Keras (`call` in keras/src/layers/normalization/batch_normalization.py). tfjs's takes the batch's and moves its own.
 * Without scale or centre tfjs's can't train, nor can what is trained through it.
 */

type BatchNormalization = tf.layers.Layer & {
  gamma?: tf.LayerVariable;
  beta?: tf.LayerVariable;
  movingMean: tf.LayerVariable;
};

/** Lets a frozen BatchNormalization keep to its moving statistics, and one without scale or centre train. */
export function frozenBatchNormalization(reason: Reason): void {
  const prototype: tf.layers.Layer = Object.getPrototypeOf(tf.layers.batchNormalization());
  patch(
    prototype,
    'call',
    (call) =>
      function (this: BatchNormalization, inputs, kwargs) {
        const mean = () => this.movingMean.read();
        const missing = {
          ...(!this.gamma && { scale: { value: true }, gamma: { value: { read: () => tf.onesLike(mean()) } } }),
          ...(!this.beta && { center: { value: true }, beta: { value: { read: () => tf.zerosLike(mean()) } } }),
        };
        const training = Boolean(kwargs.training) && this.trainable;
        return tf.tidy(() => call.call(Object.create(this, missing), inputs, { ...kwargs, training }));
      },
    reason,
  );
}
