import '../tf';
import * as accuracy from '../tfjs/accuracy';
import { checkOptions } from '../utils/check_options';

/** The arguments of `binaryAccuracy`. */
export interface BinaryAccuracyArgs {
  /** Above it an output stands for 1, else for 0: 0 for logits. Defaults to 0.5. */
  threshold?: number;
  /** What it is called in the logs; 'accuracy' is 'acc' there, as everywhere in tfjs. Defaults to 'binaryAccuracy'. */
  name?: string;
}

/**
 * Which share of the outputs is on the right side of a threshold, for labels 0 or 1. Source: `keras.metrics.BinaryAccuracy`.
 *
 * @throws Error when `threshold` is no number, or an option is unknown.
 * @example
 * metrics.binaryAccuracy({ threshold: 0, name: 'accuracy' });
 */
export function binaryAccuracy(args: BinaryAccuracyArgs = {}): accuracy.BinaryAccuracy {
  checkOptions('binaryAccuracy', args, { threshold: true, name: true });
  const { threshold = 0.5, name = 'binaryAccuracy' } = args;
  if (!Number.isFinite(threshold)) {
    throw new Error(`Expected threshold to be a number. Received: threshold=${threshold}`);
  }
  return accuracy.binaryAccuracy(threshold, name);
}
