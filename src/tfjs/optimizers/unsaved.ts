import * as tf from '../raw';
import type { OptimizerRecord } from './optimizer_record';

/** Adadelta, which trains, but steps otherwise than Keras's: no model is saved with it. */
export const adadelta: OptimizerRecord = {
  optimizerClass: tf.AdadeltaOptimizer,
  slots: () => ({ kinds: 2, kept: [0, 1] }),
};

/** Adamax, of which the same is true. */
export const adamax: OptimizerRecord = {
  optimizerClass: tf.AdamaxOptimizer,
  slots: () => ({ kinds: 2, kept: [0, 1] }),
  variables: ['iteration', 'accBeta1'],
};
