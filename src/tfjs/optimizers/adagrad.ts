import * as tf from '../raw';
import type { OptimizerRecord } from './optimizer_record';

/** Adagrad. */
export const adagrad: OptimizerRecord = {
  optimizerClass: tf.AdagradOptimizer,
  keras: {
    className: 'Adagrad',
    learningRate: 1e-3,
    settings: { learningRate: 'learning_rate', initialAccumulatorValue: 'initial_accumulator_value' },
    fixed: { epsilon: 1e-7 },
    build: ({ initial_accumulator_value: initial }, learningRate) => tf.train.adagrad(learningRate, initial),
  },
  slots: ({ initialAccumulatorValue }) => ({ kinds: 1, kept: [0], initial: Number(initialAccumulatorValue) }),
};
