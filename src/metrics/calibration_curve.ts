import { checkOptions } from '../utils/check_options';
import { shown } from '../utils/shown';
import { binaryProbabilities } from './binary_scores';
import type { Values } from './values';

/** The arguments of `calibrationCurve`. */
export interface CalibrationCurveArgs {
  /** How many bins. Defaults to 5. */
  nBins?: number;
  /** 'uniform': bins of one width; 'quantile': bins of as many samples each. Defaults to 'uniform'. */
  strategy?: 'uniform' | 'quantile';
}

/** What `calibrationCurve` gives: of each bin that isn't empty, from the lowest up. */
export interface CalibrationCurve {
  /** Which share of its samples has label 1. */
  probTrue: number[];
  /** The mean of their probabilities. */
  probPred: number[];
  /** How many samples it has, which scikit-learn doesn't say: few make an uncertain share. */
  count: number[];
}

/** As `numpy.linspace(0, 1, number + 1)`. */
const parts = (number: number) =>
  Array.from({ length: number + 1 }, (_, at) => (at === number ? 1 : at * (1 / number)));

/** As `numpy.percentile`: between two values by the straight line. */
function quantile(sorted: number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const [from, to, rest] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!, at - below];
  return rest < 0.5 ? from + (to - from) * rest : to - (to - from) * (1 - rest);
}

/**
 * What probabilities are worth: of the samples that were given about 80 %, how many are 1? Of calibrated ones 80 %. Source:
 * `sklearn.calibration.calibration_curve`.
 *
 * @param yTrue Labels 0 or 1. Of several classes: whether the answer was right.
 * @param yProb The probability of 1 for each. Of several classes: the answer's.
 * @throws Error when a label is another, a probability none, the two not as many, `nBins` no positive integer, or an option
 *   unknown.
 */
export function calibrationCurve(yTrue: Values, yProb: Values, args: CalibrationCurveArgs = {}): CalibrationCurve {
  checkOptions('calibrationCurve', args, { nBins: true, strategy: true });
  const { nBins = 5, strategy = 'uniform' } = args;
  if (!Number.isInteger(nBins) || nBins < 1) {
    throw new Error(`Expected nBins of calibrationCurve to be a positive integer. Received: nBins=${nBins}`);
  }
  if (!['uniform', 'quantile'].includes(strategy)) {
    throw new Error(
      `Expected strategy of calibrationCurve to be 'uniform' or 'quantile'. Received: ${shown(String(strategy))}`,
    );
  }
  const { labels, scores } = binaryProbabilities('calibrationCurve', yTrue, yProb);
  const sorted = [...scores].sort((a, b) => a - b);
  const edges = parts(nBins).map((share) => (strategy === 'uniform' ? share : quantile(sorted, share)));
  const inner = edges.slice(1, -1);
  const bins = edges.slice(1).map(() => ({ ones: 0, sum: 0, count: 0 }));
  scores.forEach((score, place) => {
    const at = inner.findIndex((edge) => edge >= score);
    const bin = bins.at(at)!; // the last one where there is none
    bin.ones += labels[place]!;
    bin.sum += score;
    bin.count++;
  });
  const filled = bins.filter(({ count }) => count > 0);
  return {
    probTrue: filled.map(({ ones, count }) => ones / count),
    probPred: filled.map(({ sum, count }) => sum / count),
    count: filled.map(({ count }) => count),
  };
}
