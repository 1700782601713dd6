import * as tf from '../raw';
import { type OptimizerRecord, withSettings } from './optimizer_record';

/** Adam. tfjs's epsilon is that of the paper's algorithm 1, Keras's the "epsilon hat" before its section 2.1 (arXiv:1412.6980). */
export const adam: OptimizerRecord = {
  optimizerClass: tf.AdamOptimizer,
  keras: {
    className: 'Adam',
    settings: { learningRate: 'learning_rate', beta1: 'beta_1', beta2: 'beta_2', epsilon: 'epsilon' },
    build: ({ beta_1, beta_2, epsilon }, learningRate) => tf.train.adam(learningRate, beta_1, beta_2, epsilon),
  },
  slots: () => ({ kinds: 2, kept: [0, 1], interleaved: true }),
  variables: ['accBeta1', 'accBeta2'],
  step: (step) =>
    function (gradients) {
      const { epsilon, beta2 } = this.getConfig();
      const hat = Number(epsilon) / Math.sqrt(1 - Number(beta2) ** (this.iterations + 1));
      withSettings(this, { epsilon: hat }, () => tf.tidy(() => step.call(this, gradients)));
    },
};
