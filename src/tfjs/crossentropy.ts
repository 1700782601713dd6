import { likeOutputs, type Measure, named } from './measure';
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

/**
 * What each output of a sigmoid or softmax was made from; disposed of with the output. As in Keras, any cross-entropy takes
 * these logits, that of yes or no under a softmax, too.
 */
const logitsUnder = new WeakMap<tf.Tensor, tf.Tensor>();

/** Makes a sigmoid and a softmax remember the logits of each output. */
export function rememberedLogits(reason: Reason): void {
  for (const activation of ['sigmoid', 'softmax'] as const) {
    const layer = tf.layers.activation({ activation });
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
  }
}

/**
 * Class numbers, one for each sample, as rows of zeros with a one.
 *
 * @throws Error when they are no class numbers of these outputs: TensorFlow would take their rows for zeros, and learn nothing.
 */
function oneHot(yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor {
  const samples = yPred.shape.slice(0, -1);
  const classes = yPred.shape.at(-1)!;
  if (yTrue.size !== tf.util.sizeFromShape(samples)) {
    throw new Error(
      `Expected one class number for each sample, of shape [${samples}] or [${[...samples, 1]}]. Received: labels of shape ` +
        `[${yTrue.shape}]. Labels of one number for each class are for the loss categoricalCrossentropy.`,
    );
  }
  const wrong = yTrue.dataSync<'float32'>().find((number) => !(number >= 0 && number < classes));
  if (wrong !== undefined) {
    throw new Error(
      `Expected class numbers from 0 to ${classes - 1}, since the output has ${classes} units. Received: ${wrong}. Give the ` +
        'last layer as many units as there are classes.',
    );
  }
  return tf.oneHot(yTrue.toInt().reshape(samples), classes);
}

const { NONE } = tf.Reduction;
const EPSILON = 1e-7;

const ofLogits = (rows: tf.Tensor, logits: tf.Tensor) =>
  tf.losses.softmaxCrossEntropy(rows, logits, undefined, 0, NONE);

/** tfjs's name of a cross-entropy. */
export type CrossentropyName = 'binaryCrossentropy' | 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy';

const CROSSENTROPIES: Record<CrossentropyName, { fromLogits: Measure; fromOutputs: Measure }> = {
  binaryCrossentropy: {
    fromLogits: (yTrue, logits) =>
      tf.losses.sigmoidCrossEntropy(likeOutputs(yTrue, logits), logits, undefined, 0, NONE).mean(-1),
    fromOutputs: (yTrue, yPred) => tf.metrics.binaryCrossentropy(likeOutputs(yTrue, yPred), yPred),
  },
  categoricalCrossentropy: {
    fromLogits: (yTrue, logits) => ofLogits(yTrue.toFloat(), logits),
    fromOutputs: tf.metrics.categoricalCrossentropy,
  },
  sparseCategoricalCrossentropy: {
    fromLogits: (yTrue, logits) => ofLogits(oneHot(yTrue, logits), logits),
    fromOutputs: (yTrue, yPred) => ofLogits(oneHot(yTrue, yPred), yPred.clipByValue(EPSILON, 1 - EPSILON).log()),
  },
};

/** A cross-entropy, as a loss or a metric. */
export interface Crossentropy extends Measure {
  /** Which one it is. */
  readonly crossentropy: CrossentropyName;
  /** Whether the model's outputs are logits: numbers of any size, of which a sigmoid or softmax would make probabilities. */
  readonly fromLogits: boolean;
}

/**
 * A cross-entropy of labels and outputs, for each sample: from the logits under the sigmoid or softmax that the outputs come
 * from, where they do, whatever `fromLogits` says.
 */
export function crossentropy(name: CrossentropyName, fromLogits = false): Crossentropy {
  const from = CROSSENTROPIES[name];
  const measure: Measure = (yTrue, yPred) =>
    tf.tidy(() => {
      const logits = logitsUnder.get(yPred) ?? (fromLogits ? yPred : undefined);
      return logits ? from.fromLogits(yTrue, logits) : from.fromOutputs(yTrue, yPred);
    });
  return named(name, Object.assign(measure, { crossentropy: name, fromLogits }));
}

/** Whether a value is a cross-entropy that `crossentropy` has made. */
export const isCrossentropy = (value: unknown): value is Crossentropy =>
  typeof value === 'function' && 'crossentropy' in value;

/** Whether tfjs knows a cross-entropy by this name. */
export const isCrossentropyName = (value: unknown): value is CrossentropyName =>
  typeof value === 'string' && Object.hasOwn(CROSSENTROPIES, value);
