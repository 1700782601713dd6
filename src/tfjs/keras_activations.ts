import { hidden } from './patch';
import * as tf from './raw';

/*
 * Activations that Keras has and tfjs lacks, under the names that Thaw gives them. tfjs's own 'hardSigmoid' is Keras 2's,
 * 0.2x + 0.5 between 0 and 1; Keras 3's is another function.
 */

type Activation = tf.serialization.Serializable;

const stock = hidden<{ activation: Activation }>(tf.layers.activation({ activation: 'linear' })).activation;
/** The class that all activations of tfjs's are derived from. */
export const StockActivation: (new () => Activation) &
  Pick<tf.serialization.SerializableConstructor<Activation>, 'fromConfig'> = Object.getPrototypeOf(stock.constructor);

/** Defines an activation for the layers of tfjs's and Thaw's. */
function define(name: string, compute: (x: tf.Tensor) => tf.Tensor): void {
  class KerasActivation extends StockActivation {
    static readonly className = name;

    getConfig(): tf.serialization.ConfigDict {
      return {};
    }

    apply(x: tf.Tensor): tf.Tensor {
      return tf.tidy(() => compute(x));
    }
  }
  tf.serialization.registerClass(KerasActivation);
}

const hardSigmoid = (x: tf.Tensor) => tf.relu6(tf.add(x, 3)).mul(1 / 6);
/** x where it is beyond `most`, on either side of 0, else 0. tfjs can't derive a comparison, but a step. */
const beyond = (x: tf.Tensor, most: number) => tf.mul(x, tf.step(tf.sub(tf.abs(x), most)));

/** What Keras's activations compute that tfjs lacks, by Thaw's names. Source: keras/src/activations/activations.py. */
const COMPUTED = {
  celu: (x: tf.Tensor) => tf.elu(x),
  exponential: (x: tf.Tensor) => tf.exp(x),
  hardShrink: (x: tf.Tensor) => beyond(x, 0.5),
  /** Keras 3's `hard_sigmoid`. */
  hardSigmoid6: hardSigmoid,
  /** Keras's `hard_silu`, or `hard_swish`. */
  hardSilu: (x: tf.Tensor) => hardSigmoid(x).mul(x),
  hardTanh: (x: tf.Tensor) => tf.clipByValue(x, -1, 1),
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.2),
  logSigmoid: (x: tf.Tensor) => tf.logSigmoid(x),
  softShrink: (x: tf.Tensor) => tf.sub(x, tf.clipByValue(x, -0.5, 0.5)),
  sparsePlus: (x: tf.Tensor) => tf.add(tf.square(tf.add(tf.clipByValue(x, -1, 1), 1)).mul(0.25), tf.relu(tf.sub(x, 1))),
  sparseSigmoid: (x: tf.Tensor) => tf.clipByValue(tf.mul(x, 0.5).add(0.5), 0, 1),
  squareplus: (x: tf.Tensor) => tf.add(x, tf.sqrt(tf.add(tf.square(x), 4))).mul(0.5),
  tanhShrink: (x: tf.Tensor) => tf.sub(x, tf.tanh(x)),
};

/** An activation that tfjs by itself lacks. */
export type KerasActivation = keyof typeof COMPUTED;

/** The names of those. */
export const KERAS_ACTIVATIONS = Object.keys(COMPUTED) as KerasActivation[];

for (const name of KERAS_ACTIVATIONS) define(name, COMPUTED[name]);
