import * as tf from './raw';

const twins = new WeakMap<tf.Sequential, tf.LayersModel>();
const sequentials = new WeakMap<tf.LayersModel, tf.Sequential>();
const outerModels = new WeakMap<tf.LayersModel, tf.LayersModel>();

// tfjs trains a Sequential through a functional twin of it, which is all that a callback gets to see. Each `build` sets
// the property `model` to a new twin.
Object.defineProperty(tf.Sequential.prototype, 'model', {
  get(this: tf.Sequential) {
    return twins.get(this);
  },
  set(this: tf.Sequential, twin: tf.LayersModel) {
    twins.set(this, twin);
    sequentials.set(twin, this);
  },
});

/** The Sequential that `model` is the inner twin of, else `model` itself. */
export function untwinned(model: tf.LayersModel): tf.LayersModel {
  return sequentials.get(model) ?? model;
}

/** Tells that whoever trains `inner` trains, for the user, `outer`. */
export function setOuterModel(inner: tf.LayersModel, outer: tf.LayersModel): void {
  outerModels.set(inner, outer);
}

/** The functional model that computes for `model`: a Sequential's twin, else `model` itself. */
export function twinOf(model: tf.LayersModel): tf.LayersModel {
  return (model instanceof tf.Sequential && twins.get(model)) || model;
}

/** The model that the user built, where `model` is an inner one that trains in its place; else `model` itself. */
export function outerModel(model: tf.LayersModel): tf.LayersModel {
  const trained = untwinned(model);
  return outerModels.get(trained) ?? trained;
}
