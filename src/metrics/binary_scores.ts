import { sameLength, type Values } from './values';

/** What a classifier of two classes says of some samples, and what they are. */
export interface BinaryScores {
  /** 0 or 1 for each sample. */
  labels: number[];
  scores: number[];
}

/** @throws Error when there are none, not as many of one as of the other, one is no number, or a label is neither 0 nor 1. */
export function binaryScores(of: string, yTrue: Values, yScore: Values): BinaryScores {
  const [labels, scores] = sameLength({ yTrue, yScore }) as [number[], number[]];
  const odd = labels.find((label) => label !== 0 && label !== 1);
  if (odd !== undefined) {
    throw new Error(
      `Expected labels 0 and 1 in ${of}, which is for two classes. Received: ${odd}. Of several classes take one against ` +
        'the rest.',
    );
  }
  return { labels, scores };
}

/** As `binaryScores`, of probabilities. @throws Error when one is below 0 or above 1, too. */
export function binaryProbabilities(of: string, yTrue: Values, yProb: Values): BinaryScores {
  const given = binaryScores(of, yTrue, yProb);
  const odd = given.scores.find((score) => score < 0 || score > 1);
  if (odd !== undefined) {
    throw new Error(`Expected probabilities from 0 to 1 in ${of}. Received: ${odd}. Of logits take the sigmoid.`);
  }
  return given;
}

/** Of each score, from the highest down: how many samples have it or a higher one, apart by label. */
export interface RankedCounts {
  thresholds: number[];
  /** Those with label 1, which are rightly found at this threshold. */
  tps: number[];
  /** Those with label 0, which are taken for 1. */
  fps: number[];
}

/** @throws as `binaryScores`, and when only one of the two classes is there. */
export function rankedCounts(of: string, yTrue: Values, yScore: Values): RankedCounts {
  const { labels, scores } = binaryScores(of, yTrue, yScore);
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const counts: RankedCounts = { thresholds: [], tps: [], fps: [] };
  let [tp, fp] = [0, 0];
  order.forEach((place, rank) => {
    if (labels[place] === 1) tp++;
    else fp++;
    // Samples of one score are found together.
    if (scores[place] === scores[order[rank + 1] ?? -1]) return;
    counts.thresholds.push(scores[place]!);
    counts.tps.push(tp);
    counts.fps.push(fp);
  });
  if (tp === 0 || fp === 0) {
    throw new Error(`Expected labels of both classes, 0 and 1, in ${of}. Received: ${tp === 0 ? 0 : 1} alone`);
  }
  return counts;
}
