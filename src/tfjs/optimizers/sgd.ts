import * as tf from '../raw';
import { namedGradients } from './named_gradients';
import { type KerasOptimizer, type OptimizerRecord, withSettings } from './optimizer_record';

/** Keras has one class for both. */
const keras: KerasOptimizer = {
  className: 'SGD',
  learningRate: 1e-2,
  settings: { learningRate: 'learning_rate', momentum: 'momentum', useNesterov: 'nesterov' },
  build: ({ momentum, nesterov }, learningRate) =>
    momentum ? tf.train.momentum(learningRate, momentum, Boolean(nesterov)) : tf.train.sgd(learningRate),
};

/** SGD. */
export const sgd: OptimizerRecord = {
  optimizerClass: tf.SGDOptimizer,
  keras,
  slots: () => ({ kinds: 0, kept: [] }),
};

/** SGD with momentum. tfjs's sums up gradients, Keras's sums up steps, which an earlier learning rate has scaled. */
export const momentum: OptimizerRecord = {
  optimizerClass: tf.MomentumOptimizer,
  keras,
  slots: ({ momentum }) => ({ kinds: 1, kept: Number(momentum) > 0 ? [0] : [], sign: -1 }),
  step: (step) =>
    function (gradients) {
      tf.tidy(() => {
        const rate = Number(this.getConfig().learningRate);
        const steps = namedGradients(gradients).map(({ name, gradient }) => ({
          name,
          // A variable may have no gradient.
          tensor: (gradient && tf.mul(gradient, rate)) as tf.Tensor,
        }));
        // tfjs's factor of the step; the momentum now is Keras's with the other sign.
        withSettings(this, { c: tf.scalar(-1) }, () => step.call(this, steps));
      });
    },
};
