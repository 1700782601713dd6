import { type Accessor, add, type Reason } from './patch';
import * as tf from './raw';

/*
 * tfjs trains a Sequential through a functional twin of it, which is all that a callback gets to see.
 */

const twins = new WeakMap<tf.Sequential, tf.LayersModel>();
const sequentials = new WeakMap<tf.LayersModel, tf.Sequential>();
const outerModels = new WeakMap<tf.LayersModel, tf.LayersModel>();

/** Lets a Sequential and its functional twin know each other. */
export function knownTwins(reason: Reason): void {
  const accessor: Accessor<tf.Sequential, tf.LayersModel | undefined> = {
    get() {
      return twins.get(this);
    },
    set(twin) {
      twins.set(this, twin!);
      sequentials.set(twin!, this);
    },
  };
  // Each `build` sets the property `model` to a new twin.
  add(tf.Sequential.prototype, 'model', accessor, reason);
}

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
