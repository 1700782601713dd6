import { sameLength, type Values } from './values';

/** What `mcnemar` gives. */
export interface McNemar {
  /** Pictures on which the first model alone is right. */
  onlyFirst: number;
  /** Pictures on which the second model alone is right. */
  onlySecond: number;
  /** How likely two equally good models differ at least as unevenly, from 0 to 1. */
  pValue: number;
}

/**
 * Whether one of two models is better than the other on the same pictures, or it may be luck: McNemar's exact test. Only those
 * count on which one model is right and the other isn't; were both equally good, each such picture would be a coin's toss.
 *
 * @param yTrue The class of each picture: 0, 1, 2...
 * @param first What the first model answers: a class, or a probability that the class is 1, which is above 0.5 or not.
 * @param second What the second model answers.
 * @throws Error when they aren't equally many, there are none, or one isn't finite.
 * Source: McNemar, Note on the sampling error of the difference between correlated proportions (1947);
 * `statsmodels.stats.contingency_tables.mcnemar`.
 * @example
 * const { onlyFirst, onlySecond, pValue } = metrics.mcnemar(labels, probabilities, otherProbabilities);
 */
export function mcnemar(yTrue: Values, first: Values, second: Values): McNemar {
  const [labels, ...answers] = sameLength({ yTrue, first, second }) as [number[], number[], number[]];
  const [firstIsRight, secondIsRight] = answers.map((each) =>
    each.map((answer, place) => Math.ceil(answer - 0.5) === labels[place]),
  ) as [boolean[], boolean[]];
  const count = (right: boolean[], wrong: boolean[]) =>
    right.filter((isRight, place) => isRight && !wrong[place]).length;
  const onlyFirst = count(firstIsRight, secondIsRight);
  const onlySecond = count(secondIsRight, firstIsRight);
  const pValue = Math.min(1, 2 * fewHeads(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond));
  return { onlyFirst, onlySecond, pValue };
}

/** How likely so few heads, or fewer, are in so many tosses of a coin. */
function fewHeads(heads: number, tosses: number): number {
  // By logarithms: from 1075 tosses on, the chance of each single outcome is too small a number.
  let logarithm = -tosses * Math.LN2;
  for (let i = 1; i <= heads; i++) logarithm += Math.log((tosses - heads + i) / i);
  let [chance, sum] = [Math.exp(logarithm), 0];
  for (let i = heads; i >= 0; i--) {
    sum += chance;
    chance *= i / (tosses - i + 1);
  }
  return sum;
}
