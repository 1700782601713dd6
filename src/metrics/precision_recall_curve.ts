import { rankedCounts } from './binary_scores';
import type { Values } from './values';

/** What `precisionRecallCurve` gives: a point for each threshold, from the lowest up, and a last one without. */
export interface PrecisionRecallCurve {
  /** The share of those called 1 that are 1. The last is 1. */
  precision: number[];
  /** The share of those that are 1 that are called so. The last is 0. */
  recall: number[];
  /** A sample that scores it or more is called 1. */
  thresholds: number[];
}

/**
 * How many of those called 1 are 1, against how many of those that are 1 are called so, for each threshold. Source:
 * `sklearn.metrics.precision_recall_curve`.
 *
 * @param yTrue Labels 0 or 1.
 * @param yScore Probabilities, logits, or any scores that are higher for 1.
 * @throws Error when a label is another, a score no number, the two not as many, or a class is missing.
 */
export function precisionRecallCurve(yTrue: Values, yScore: Values): PrecisionRecallCurve {
  const { thresholds, tps, fps } = rankedCounts('precisionRecallCurve', yTrue, yScore);
  return {
    precision: [...tps.map((tp, at) => tp / (tp + fps[at]!)).reverse(), 1],
    recall: [...tps.map((tp) => tp / tps.at(-1)!).reverse(), 0],
    thresholds: thresholds.reverse(),
  };
}

/**
 * The mean precision over the recalls, each step of recall weighted by its size. Source:
 * `sklearn.metrics.average_precision_score`.
 *
 * @throws as `precisionRecallCurve`.
 */
export function averagePrecisionScore(yTrue: Values, yScore: Values): number {
  const { precision, recall } = precisionRecallCurve(yTrue, yScore);
  return recall.slice(1).reduce((sum, next, at) => sum + (recall[at]! - next) * precision[at]!, 0);
}
