import type * as tf from '../raw';

/** The learning rate of an optimizer. tfjs has one in each, but declares it in none. */
export function getLearningRate(optimizer: tf.Optimizer): number {
  return Number(optimizer.getConfig().learningRate);
}

/** Sets the learning rate of an optimizer, from its next step on. */
export function setLearningRate(optimizer: tf.Optimizer, learningRate: number): void {
  Object.assign(optimizer, { learningRate });
  // SGD keeps a tensor of it, too. (Not asked by `instanceof`: every optimizer passes for an instance of SGD.)
  if ('setLearningRate' in optimizer) (optimizer as tf.SGDOptimizer).setLearningRate(learningRate);
}
