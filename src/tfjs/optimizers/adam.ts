import * as tf from '../raw';
import { AmsgradOptimizer } from './amsgrad_optimizer';
import { type KerasOptimizer, type OptimizerRecord, withSettings } from './optimizer_record';

/** Keras has one class for both. */
const keras: KerasOptimizer = {
  className: 'Adam',
  learningRate: 1e-3,
  settings: {
    learningRate: 'learning_rate',
    beta1: 'beta_1',
    beta2: 'beta_2',
    epsilon: 'epsilon',
    amsgrad: 'amsgrad',
  },
  build: ({ beta_1, beta_2, epsilon, amsgrad }, learningRate) =>
    amsgrad
      ? new AmsgradOptimizer(learningRate, beta_1, beta_2, epsilon)
      : tf.train.adam(learningRate, beta_1, beta_2, epsilon),
};

const variables = ['accBeta1', 'accBeta2'];

/** Adam. tfjs's epsilon is that of the paper's algorithm 1, Keras's the "epsilon hat" before its section 2.1 (arXiv:1412.6980). */
export const adam: OptimizerRecord = {
  optimizerClass: tf.AdamOptimizer,
  keras,
  slots: () => ({ kinds: 2, kept: [0, 1], interleaved: 2 }),
  variables,
  step: (step) =>
    function (gradients) {
      const { epsilon, beta2 } = this.getConfig();
      const hat = Number(epsilon) / Math.sqrt(1 - Number(beta2) ** (this.iterations + 1));
      withSettings(this, { epsilon: hat }, () => tf.tidy(() => step.call(this, gradients)));
    },
};

/** Adam as `amsgrad` has it. */
export const amsgrad: OptimizerRecord = {
  optimizerClass: AmsgradOptimizer,
  keras,
  slots: () => ({ kinds: 3, kept: [0, 1, 2], interleaved: 2 }),
  variables,
};
