import * as tf from '../tf';

/*
 * An optimizer remembers something of each variable: its last gradients, its momentum. tfjs files that by the variable's
 * position among those trained, so that an optimizer that goes on with other variables, once layers are frozen or
 * thawed, takes one variable's memory for another's. Importing Thaw gives each variable its own place, for good.
 */

/** The names of the variables that an optimizer has trained, each in its place. */
const places = new WeakMap<tf.Optimizer, Set<string>>();

const { minimize } = tf.Optimizer.prototype;
tf.Optimizer.prototype.minimize = function (this: tf.Optimizer, f, returnCost, variables) {
  if (variables === undefined) {
    return minimize.call(this, f, returnCost);
  }
  const names = places.get(this) ?? new Set();
  places.set(this, names);
  for (const { name } of variables) names.add(name);
  const { value, grads } = this.computeGradients(f, variables);
  // A place without a gradient is passed over.
  this.applyGradients([...names].map((name) => ({ name, tensor: grads[name]! })));
  tf.dispose(grads);
  if (returnCost) return value;
  value.dispose();
  return null;
};
