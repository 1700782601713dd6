import { logValues, type UnreadLogs } from './log_values';
import type { Reason } from './patch';
import * as tf from './raw';

const ADVICE =
  'What usually helps: a lower learning rate; inputs on the scale that the network expects (its preprocessInput, or pixels ' +
  'divided by 255), none of them NaN; labels in the range of the loss (0 or 1 for binaryCrossentropy, class numbers below ' +
  'the number of outputs for sparseCategoricalCrossentropy).';

const diverged = new WeakMap<tf.LayersModel, string>();

/** Whether the last training of `model` was stopped since its loss or its weights were NaN or infinite. */
export function hasDiverged(model: tf.LayersModel): boolean {
  return diverged.has(model);
}

/** Why that training was stopped; undefined where it wasn't. */
export function divergence(model: tf.LayersModel): string | undefined {
  return diverged.get(model);
}

/** A sum is NaN or infinite where one of its values is; to test each value would take memory. */
function areFinite(weights: tf.LayerVariable[]): boolean {
  return tf.tidy(() => weights.every((weight) => Number.isFinite(weight.read().sum().dataSync()[0])));
}

/**
 * Stops a training at the batch whose loss is NaN or infinite, and says so: a NaN among the weights stays for ever. One for each
 * training, before the callbacks of the user, which then find it stopped. Source: `keras.callbacks.TerminateOnNaN`.
 */
class TerminateOnNaN extends tf.Callback {
  private epoch = 0;
  private toldOfValidation = false;

  override async onTrainBegin(): Promise<void> {
    diverged.delete(this.model);
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
  }

  override async onBatchEnd(batch: number, { loss = 0 }: UnreadLogs = {}): Promise<void> {
    const { value } = logValues({ value: loss });
    if (!Number.isFinite(value)) this.stop(`The loss is ${value} in epoch ${this.epoch + 1}, batch ${batch + 1}`);
  }

  /** The step after an epoch's last loss may have spoilt the weights, which callbacks are about to save. */
  override async onEpochEnd(epoch: number, { val_loss: loss = 0 }: UnreadLogs = {}): Promise<void> {
    if (hasDiverged(this.model)) return;
    const { value } = logValues({ value: loss });
    if (!areFinite(this.model.trainableWeights)) {
      this.stop(`Weights are NaN or infinite after epoch ${epoch + 1}`);
    } else if (!Number.isFinite(value) && !this.toldOfValidation) {
      this.toldOfValidation = true;
      console.error(
        `The val_loss is ${value} in epoch ${epoch + 1}, while the loss is a number: the training goes on. Look for NaN ` +
          'among the validation data, and for labels that the training data has none of.',
      );
    }
  }

  private stop(what: string): void {
    const message = `${what}: the training stops here. ${ADVICE}`;
    diverged.set(this.model, message);
    this.model.stopTraining = true;
    console.error(message);
  }
}

/** Lets every training stop where there is nothing left to learn from. */
export function terminateOnNaN(_reason: Reason): void {
  tf.registerCallbackConstructor(0, TerminateOnNaN);
}
