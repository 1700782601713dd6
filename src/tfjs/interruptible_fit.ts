import { InterruptedError } from './interrupts';
import { logValues, type UnreadLogs } from './log_values';
import { patch, type Reason } from './patch';
import * as tf from './raw';

/**
 * Lets signals in after every batch: without it a `fit` on tensors may never give the event loop a turn. And reads each
 * epoch's logs, which tfjs would leave as tensors until the training ends: more of them with each epoch.
 */
class YieldAndRead extends tf.Callback {
  override async onBatchEnd(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  override async onEpochEnd(_epoch: number, logs: UnreadLogs = {}): Promise<void> {
    const unread = Object.values(logs);
    Object.assign(logs, logValues(logs));
    tf.dispose(unread);
  }
}

const interrupted = new WeakSet<tf.LayersModel>();

/** Whether SIGINT has ended the last training of `model`, or is about to. */
export function wasInterrupted(model: tf.LayersModel): boolean {
  return interrupted.has(model);
}

/** A training method that SIGINT (Ctrl-C, the notebook's stop button) ends at the next batch, the model as it is then. */
function interruptible<Args extends unknown[], Result extends tf.History>(train: (...args: Args) => Promise<Result>) {
  return async function (this: tf.LayersModel, ...args: Args): Promise<Result> {
    interrupted.delete(this);
    const stop = () => {
      interrupted.add(this);
      this.stopTraining = true;
      console.error('Interrupted: the training stops after this batch.');
    };
    // Once: a second Ctrl-C ends the program, as usual.
    process.once('SIGINT', stop);
    try {
      return await train.apply(this, args);
    } catch (error) {
      // While validating it is the dataset that stops.
      if (!(error instanceof InterruptedError)) throw error;
      return this.history as Result;
    } finally {
      process.off('SIGINT', stop);
    }
  };
}

/** Lets SIGINT end every training after a batch, and reads each epoch's logs. */
export function interruptibleFit(reason: Reason): void {
  const { prototype } = tf.LayersModel;
  patch(prototype, 'fit', (fit) => interruptible(fit), reason);
  type FitDataset = typeof prototype.fitDataset;
  // What `interruptible` gives has forgotten that fitDataset is generic.
  patch(prototype, 'fitDataset', (fitDataset) => interruptible(fitDataset) as FitDataset, reason);
  tf.registerCallbackConstructor(0, YieldAndRead);
}
