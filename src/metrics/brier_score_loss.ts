import { binaryProbabilities } from './binary_scores';
import type { Values } from './values';

/**
 * The mean square of what lies between a probability and what came: 0 is best, 0.25 what always saying 50 % gets. It counts
 * both whether answers are right and whether they are as sure as they may be. Source: `sklearn.metrics.brier_score_loss`.
 *
 * @param yTrue Labels 0 or 1.
 * @param yProb The probability of 1 for each.
 * @throws Error when a label is another, a probability none, or the two are not as many.
 */
export function brierScoreLoss(yTrue: Values, yProb: Values): number {
  const { labels, scores } = binaryProbabilities('brierScoreLoss', yTrue, yProb);
  return scores.reduce((sum, score, place) => sum + (score - labels[place]!) ** 2, 0) / scores.length;
}
