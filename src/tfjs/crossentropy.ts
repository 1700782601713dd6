import { hidden, patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * Cross-entropy from the logits under a sigmoid or a softmax, as in Keras (`_get_logits` in
 * keras/src/backend/tensorflow/nn.py). tfjs takes the logarithm of the activation's output, clipped to 1e-7: where the
 * output saturates, and on VGG16's large features it does from the first step on, there is no gradient, and the network
 * never learns. Every model now looks underneath the activation.
 */

interface Activation {
  apply(x: tf.Tensor, axis?: number): tf.Tensor;
}

type Loss = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;

/** What an activation's output was made from; disposed of with the output. */
type LogitsUnder = WeakMap<tf.Tensor, tf.Tensor>;

/** Makes an activation remember the logits of each output. */
function rememberLogits(activationName: 'sigmoid' | 'softmax', reason: Reason): LogitsUnder {
  const logitsUnder: LogitsUnder = new WeakMap();
  const layer = tf.layers.activation({ activation: activationName });
  const prototype: Activation = Object.getPrototypeOf(hidden<{ activation: Activation }>(layer).activation);
  const remembering = (apply: Activation['apply']) =>
    function (this: Activation, x: tf.Tensor, ...axis: number[]) {
      const output = apply.call(this, x, ...axis);
      // Kept, since a layer tidies up after itself; cloned, since x may be somebody's own.
      const logits = tf.keep(x.clone());
      logitsUnder.set(output, logits);
      const dispose = output.dispose.bind(output);
      output.dispose = () => {
        logits.dispose();
        dispose();
      };
      return output;
    };
  patch(prototype, 'apply', remembering, reason);
  return logitsUnder;
}

const { NONE } = tf.Reduction;

/** A loss from logits, and where an output's logits are found. */
interface Crossentropy {
  logitsUnder: LogitsUnder;
  fromLogits: Loss;
}

/** Takes the two cross-entropies from the logits under a sigmoid or a softmax. */
export function crossentropyFromLogits(reason: Reason): void {
  const crossentropies = new Map<string, Crossentropy>([
    [
      'binaryCrossentropy',
      {
        logitsUnder: rememberLogits('sigmoid', reason),
        fromLogits: (yTrue, logits) => tf.losses.sigmoidCrossEntropy(yTrue, logits, undefined, 0, NONE).mean(-1),
      },
    ],
    [
      'categoricalCrossentropy',
      {
        logitsUnder: rememberLogits('softmax', reason),
        fromLogits: (yTrue, logits) => tf.losses.softmaxCrossEntropy(yTrue, logits, undefined, 0, NONE),
      },
    ],
  ]);
  patch(
    tf.LayersModel.prototype,
    'compile',
    (compile) =>
      function (this: tf.LayersModel, args) {
        compile.call(this, args);
        const { loss } = args;
        this.lossFunctions = this.lossFunctions.map((original, output) => {
          const ofOutputs = typeof loss === 'object' && !Array.isArray(loss);
          const name = ofOutputs ? loss[this.outputNames[output]!] : Array.isArray(loss) ? loss[output] : loss;
          const crossentropy = typeof name === 'string' ? crossentropies.get(name) : undefined;
          if (!crossentropy) return original;
          return (yTrue, yPred) => {
            const logits = crossentropy.logitsUnder.get(yPred);
            return logits ? tf.tidy(() => crossentropy.fromLogits(yTrue.toFloat(), logits)) : original(yTrue, yPred);
          };
        });
      },
    reason,
  );
}
