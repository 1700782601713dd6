import { checkOptions } from '../utils/check_options';
import { rankedCounts } from './binary_scores';
import type { Values } from './values';

/** What `rocCurve` gives: a point for each threshold, from the highest down. */
export interface RocCurve {
  /** The share of the samples with label 0 that score the threshold or more: false alarms. */
  fpr: number[];
  /** The share of the samples with label 1 that do: found. */
  tpr: number[];
  /** The first is Infinity: nothing is called 1. */
  thresholds: number[];
}

/** The arguments of `rocCurve`. */
export interface RocCurveArgs {
  /** Whether points that lie on the line between their neighbours are left out. Defaults to true. */
  dropIntermediate?: boolean;
}

/**
 * The receiver operating characteristic: which share of the samples with label 1 is found, at the price of which share of the
 * others, for each threshold. Source: `sklearn.metrics.roc_curve`.
 *
 * @param yTrue Labels 0 or 1.
 * @param yScore Probabilities, logits, or any scores that are higher for 1.
 * @throws Error when a label is another, a score no number, the two not as many, an option unknown, or a class is missing:
 *   without it there is no share of it.
 */
export function rocCurve(yTrue: Values, yScore: Values, args: RocCurveArgs = {}): RocCurve {
  checkOptions('rocCurve', args, { dropIntermediate: true });
  const { dropIntermediate = true } = args;
  const { thresholds, tps, fps } = rankedCounts('rocCurve', yTrue, yScore);
  const bends = (counts: number[], at: number) => counts[at + 1]! - 2 * counts[at]! + counts[at - 1]! !== 0;
  const kept = [...thresholds.keys()].filter(
    (at) => !dropIntermediate || at === 0 || at === thresholds.length - 1 || bends(tps, at) || bends(fps, at),
  );
  const shares = (counts: number[]) => [0, ...kept.map((at) => counts[at]! / counts.at(-1)!)];
  return { fpr: shares(fps), tpr: shares(tps), thresholds: [Infinity, ...kept.map((at) => thresholds[at]!)] };
}

/**
 * The area under the ROC curve: the chance that a sample with label 1 scores higher than one with label 0, ties counted half.
 * Source: `sklearn.metrics.roc_auc_score`.
 *
 * @throws as `rocCurve`.
 */
export function rocAucScore(yTrue: Values, yScore: Values): number {
  const { fpr, tpr } = rocCurve(yTrue, yScore);
  return fpr.slice(1).reduce((area, x, at) => area + ((x - fpr[at]!) * (tpr[at]! + tpr[at + 1]!)) / 2, 0);
}
