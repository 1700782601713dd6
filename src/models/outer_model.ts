import * as tf from '../tf';

const sequentials = new WeakMap<object, tf.Sequential>();

// tfjs trains a Sequential through a functional twin of it, which is all that a callback gets to see.
const build = tf.Sequential.prototype.build;
tf.Sequential.prototype.build = function (this: tf.Sequential, ...args: Parameters<typeof build>): void {
  build.apply(this, args);
  const { model } = this as unknown as { model: tf.LayersModel };
  sequentials.set(model, this);
};

/** The model that the user built: the Sequential that `model` is the inner twin of, else `model` itself. */
export function outerModel(model: tf.LayersModel): tf.LayersModel {
  return sequentials.get(model) ?? model;
}
