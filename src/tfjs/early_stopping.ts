import { add, type Reason } from './patch';
import * as tf from './raw';

/**
 * What tfjs's own callback remembers follows from the epochs that it has seen: a training that goes on shows it those that
 * are over.
 */
async function onRestore(this: tf.EarlyStopping, epoch: number, logs: Record<string, number>): Promise<void> {
  await this.onEpochEnd(epoch, logs);
}

/** Gives EarlyStopping an `onRestore`, which `BackupAndRestore` calls. */
export function restoredEarlyStopping(reason: Reason): void {
  add(tf.EarlyStopping.prototype, 'onRestore', { value: onRestore, writable: true }, reason);
}
