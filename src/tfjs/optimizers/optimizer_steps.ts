import * as tf from '../raw';

/*
 * Three optimizers step otherwise in tfjs than in Keras 3 (`update_step` in keras/src/optimizers). A centered RMSprop takes
 * epsilon away under the root where Keras adds it: NaN where there is no gradient. Adam's epsilon is that of the paper's
 * algorithm 1, Keras's the "epsilon hat" before its section 2.1. And the momentum of SGD sums up gradients, Keras's sums
 * up steps, which an earlier learning rate has scaled. Importing Thaw mends them: tfjs takes each step with other settings.
 */

type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];

/** Lets every optimizer of a class take its steps with the settings, and the gradients, that `adapt` gives. */
function mend(
  optimizerClass: { prototype: tf.Optimizer },
  adapt: (optimizer: tf.Optimizer, gradients: Gradients) => { settings: object; gradients?: Gradients },
): void {
  const { applyGradients } = optimizerClass.prototype;
  optimizerClass.prototype.applyGradients = function (this: tf.Optimizer, received) {
    tf.tidy(() => {
      const { settings, gradients = received } = adapt(this, received);
      const own = Object.fromEntries(Object.keys(settings).map((key) => [key, Reflect.get(this, key)]));
      Object.assign(this, settings);
      try {
        applyGradients.call(this, gradients);
      } finally {
        Object.assign(this, own);
      }
    });
  };
}

mend(tf.RMSPropOptimizer, (optimizer) => {
  const { epsilon, centered } = optimizer.getConfig();
  return { settings: { epsilon: centered ? -Number(epsilon) : epsilon } };
});

mend(tf.AdamOptimizer, (optimizer) => {
  const { epsilon, beta2 } = optimizer.getConfig();
  return { settings: { epsilon: Number(epsilon) / Math.sqrt(1 - Number(beta2) ** (optimizer.iterations + 1)) } };
});

mend(tf.MomentumOptimizer, (optimizer, gradients) => {
  const learningRate = Number(optimizer.getConfig().learningRate);
  // A variable may have no gradient.
  const scaled = (tensor?: tf.Tensor) => tensor && tf.mul(tensor, learningRate);
  return {
    // tfjs's factor of the step; the momentum now is Keras's with the other sign.
    settings: { c: tf.scalar(-1) },
    gradients: Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => ({ name, tensor: scaled(tensor)! }))
      : Object.fromEntries(Object.entries(gradients).map(([name, tensor]) => [name, scaled(tensor)!])),
  };
});
