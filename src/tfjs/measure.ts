import type * as tf from './raw';

/** A loss or a metric: of labels and outputs it gives numbers, the mean of which over all samples counts. */
export type Measure = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;

/** Gives a metric the name that it has in the logs, which tfjs takes from the function. */
export function named<Named extends Measure>(name: string, measure: Named): Named {
  return Object.defineProperty(measure, 'name', { value: name });
}

/** Labels as floats with as many axes as the outputs have: [batch] for [batch, 1], too. */
export function likeOutputs(yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor {
  const labels = yTrue.toFloat();
  return labels.rank === yPred.rank - 1 ? labels.expandDims(-1) : labels;
}
