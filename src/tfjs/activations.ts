import { hidden, patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * relu6 and the gradient of relu in one operation and swish in two, as TensorFlow has them. tfjs takes three for each, and
 * six for the gradient: it clips what comes of a relu, and multiplies by 1 before the sigmoid. Each passes over all of a
 * batch's memory once more, on which a MobileNet spends a fifth of its time. The outputs are the same bit by bit.
 */

interface Activation {
  apply(x: tf.Tensor, alpha?: number): tf.Tensor;
}

function prototypeOf(activation: 'relu6' | 'swish'): Activation {
  const layer = hidden<{ activation: Activation }>(tf.layers.activation({ activation }));
  return Object.getPrototypeOf(layer.activation);
}

/** A gradient that can be derived again, as tfjs's own can. */
const reluGradient: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor = tf.customGrad((dy, x, save) => {
  const type = tf.createTensorsTypeOpAttr('T', 'float32');
  const inputs = [dy, x] as tf.Tensor[];
  (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
  return {
    value: tf.nodeBackend().executeSingleOutput('ReluGrad', [type], inputs) as tf.Tensor,
    gradFunc: (inflow: tf.Tensor, [saved]: tf.Tensor[]) => [reluGradient(inflow, saved!), tf.zerosLike(saved!)],
  };
});

/** Computes relu6, swish and the gradient of relu in as few operations as TensorFlow has. */
export function activationsInOneOperation(reason: Reason): void {
  patch(prototypeOf('relu6'), 'apply', () => (x) => tf.relu6(x), reason);
  patch(
    prototypeOf('swish'),
    'apply',
    () =>
      (x, alpha = 1) =>
        tf.tidy(() => tf.sigmoid(alpha === 1 ? x : tf.mul(x, alpha)).mul(x)),
    reason,
  );
  const reLU: tf.layers.Layer = Object.getPrototypeOf(tf.layers.reLU());
  patch(
    reLU,
    'call',
    (call) =>
      function (this: tf.layers.Layer & { maxValue?: number }, inputs, kwargs) {
        return this.maxValue === 6 ? tf.relu6([inputs].flat()[0]!) : call.call(this, inputs, kwargs);
      },
    reason,
  );
  patch(
    tf.getGradient('Relu')!,
    'gradFunc',
    (gradFunc) => (dy, saved, attributes) =>
      tf.getBackend() === 'tensorflow'
        ? { x: () => reluGradient(dy as tf.Tensor, saved[0]!) }
        : gradFunc(dy, saved, attributes),
    reason,
  );
}
