import * as tf from '../tf';
import { type Values, valuesOf } from './values';

/** The logarithm of 1 / temperature is sought from -LIMIT to LIMIT, as in scikit-learn. */
const LIMIT = 10;
/** Halvings, after which no digit changes. */
const STEPS = 60;

/** The mean of the row's numbers, weighted by the softmax of `beta` times the row. */
function softmaxMean(row: number[], beta: number): number {
  const greatest = Math.max(...row);
  const powers = row.map((value) => Math.exp(beta * (value - greatest)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return row.reduce((total, value, at) => total + value * (powers[at]! / sum), 0);
}

/**
 * The temperature by which to divide a classifier's logits, for probabilities that say how sure one may be: the one with the
 * lowest cross-entropy on these samples, which the classifier must not have been trained on. Above 1 it was too sure of
 * itself. No answer changes by it: the most probable class stays so.
 *
 * It belongs to the metrics since it is measured, of labels and logits, beside `calibrationCurve`; the model isn't touched.
 * To have a model give calibrated probabilities itself, divide kernel and bias of its last layer by the temperature.
 *
 * Source: Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks (2017); `method='temperature'` of
 * `sklearn.calibration.CalibratedClassifierCV`, and its bounds: from e^-10, where every answer is right, to e^10, where
 * they are no better than chance.
 *
 * @param yTrue The number of each sample's class.
 * @param logits [samples, classes]; or of two classes one for each sample, the logit of class 1.
 * @throws Error when a logit is no number, when there isn't a logit for each class of each label, or no sample.
 */
export function temperatureScaling(yTrue: Values, logits: Values): number {
  const labels = valuesOf(yTrue, 'yTrue');
  const values = valuesOf(logits instanceof tf.Tensor ? logits.dataSync() : logits, 'logits');
  const units = logits instanceof tf.Tensor && logits.rank === 2 ? logits.shape[1]! : 1;
  if (values.length !== labels.length * units) {
    throw new Error(
      `Expected a label and a row of logits for each sample. Received: ${labels.length} labels, ` +
        `${values.length / units} rows of logits`,
    );
  }
  const rows = labels.map((_, at) => (units === 1 ? [0, values[at]!] : values.slice(at * units, (at + 1) * units)));
  const odd = labels.find((label, at) => rows[at]![label] === undefined);
  if (odd !== undefined) {
    throw new Error(`Expected labels from 0 to ${rows[0]!.length - 1}, one for each logit. Received: ${odd}`);
  }
  // The slope of the cross-entropy, which is convex in 1 / temperature: it rises, so halving finds where it is 0.
  const slope = (beta: number) => rows.reduce((sum, row, at) => sum + softmaxMean(row, beta) - row[labels[at]!]!, 0);
  let [low, high] = [-LIMIT, LIMIT];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) <= 0) low = middle;
    else high = middle;
  }
  return Math.exp(-(low + high) / 2);
}
