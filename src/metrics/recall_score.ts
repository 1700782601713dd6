import { sameLength, type Values } from './values';

/**
 * The recall of each class: of the pictures that are of it, the share that was taken for it. Unlike accuracy it doesn't hide a
 * class that is rare.
 *
 * @param yTrue The class of each picture: 0, 1, 2...
 * @param yPred The class that each was taken for, such as `predictions.argMax(-1)`.
 * @returns A share for each class, from 0 to 1, in the order of the classes up to the greatest that occurs; 0 for one without
 *   pictures, as in scikit-learn.
 * @throws Error when they aren't equally many, there are none, or one is no class number.
 * Source: `sklearn.metrics.recall_score(y_true, y_pred, average=None)`.
 * @example
 * const [cats, dogs] = metrics.recallScore(labels, predictions.argMax(-1));
 */
export function recallScore(yTrue: Values, yPred: Values): number[] {
  const [labels, answers] = sameLength({ yTrue, yPred }) as [number[], number[]];
  const odd = [...labels, ...answers].find((value) => !(Number.isInteger(value) && value >= 0));
  if (odd !== undefined) {
    throw new Error(`Expected the number of a class for each picture: 0, 1, 2... Received: ${odd}`);
  }
  const classes = 1 + labels.concat(answers).reduce((greatest, label) => Math.max(greatest, label), 0);
  const pictures: number[] = Array(classes).fill(0);
  const found: number[] = Array(classes).fill(0);
  for (const [place, label] of labels.entries()) {
    pictures[label]!++;
    if (answers[place] === label) found[label]!++;
  }
  return found.map((count, label) => (pictures[label] ? count / pictures[label] : 0));
}
