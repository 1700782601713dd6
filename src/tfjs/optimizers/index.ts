import { patch, type Reason } from '../patch';
import type * as tf from '../raw';
import { adagrad } from './adagrad';
import { adam, amsgrad } from './adam';
import type { KerasOptimizer, OptimizerRecord } from './optimizer_record';
import { rmsprop } from './rmsprop';
import { momentum, sgd } from './sgd';
import { adadelta, adamax } from './unsaved';

/** tfjs's optimizers, and Thaw's own, one record each. */
const OPTIMIZERS: readonly OptimizerRecord[] = [rmsprop, adam, amsgrad, sgd, momentum, adagrad, adadelta, adamax];

/** Those that Keras has, too. */
export const SAVED_OPTIMIZERS = OPTIMIZERS.filter((record): record is SavedOptimizer => record.keras !== undefined);

/** A record of an optimizer that Keras has, too. */
export type SavedOptimizer = OptimizerRecord & { keras: KerasOptimizer };

/** What is known of an optimizer; undefined of one that is neither tfjs's nor Thaw's. */
export function optimizerRecord(optimizer: tf.Optimizer): OptimizerRecord | undefined {
  // Not asked by `instanceof`: every optimizer passes for an instance of SGD.
  return OPTIMIZERS.find(({ optimizerClass }) => optimizerClass.className === optimizer.getClassName());
}

/** The variables of an optimizer's own, besides those that it has for each weight: Adam's powers of its betas. */
export function ownVariables(optimizer: tf.Optimizer): tf.Variable[] {
  return (optimizerRecord(optimizer)?.variables ?? []).map((name) => Reflect.get(optimizer, name));
}

/** Lets tfjs's optimizers step as Keras's. */
export function kerasSteps(reason: Reason): void {
  for (const { optimizerClass, step } of OPTIMIZERS) {
    if (step) patch(optimizerClass.prototype, 'applyGradients', step, reason);
  }
}
