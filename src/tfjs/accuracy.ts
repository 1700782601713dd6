import { likeOutputs, type Measure, named } from './measure';
import * as tf from './raw';

/** A metric that counts an output as right where it lies on its label's side of a threshold. */
export interface BinaryAccuracy extends Measure {
  /** Above it an output stands for 1, else for 0. */
  readonly threshold: number;
  /** The name that it was given. */
  readonly called: string;
}

/** What tfjs calls a metric in its logs. */
const inLogs = (name: string) => (name === 'accuracy' ? 'acc' : name);

/**
 * Which share of the outputs lies on the side of the threshold where their labels, 0 or 1, have them. Source:
 * `keras.metrics.binary_accuracy`.
 */
export function binaryAccuracy(threshold: number, name: string): BinaryAccuracy {
  const measure: Measure = (yTrue, yPred) =>
    tf.tidy(() => yPred.greater(threshold).toFloat().equal(likeOutputs(yTrue, yPred)).toFloat().mean(-1));
  return named(inLogs(name), Object.assign(measure, { threshold, called: name }));
}

/** Whether a value is a metric that `binaryAccuracy` has made. */
export const isBinaryAccuracy = (value: unknown): value is BinaryAccuracy =>
  typeof value === 'function' && 'threshold' in value;

/** Whether the greatest output is that of the class number. Source: `keras.metrics.sparse_categorical_accuracy`. */
export const sparseCategoricalAccuracy = named('sparseCategoricalAccuracy', (yTrue, yPred) =>
  tf.tidy(() => {
    const numbers = yTrue.toFloat().reshape(yPred.shape.slice(0, -1));
    return yPred.argMax(-1).toFloat().equal(numbers).toFloat();
  }),
);
