import * as tf from '../tf';
import { wasInterrupted } from '../tfjs/interruptible_fit';
import type { UnreadLogs } from '../tfjs/log_values';
import { hasDiverged } from '../tfjs/terminate_on_nan';
import { checkOptions } from '../utils/check_options';
import type { RestorableCallback } from './backup_and_restore';
import { checkNumber, Monitor, type MonitorArgs } from './monitor';

/** The arguments of `earlyStopping`. */
export interface EarlyStoppingArgs extends MonitorArgs {
  /** After how many epochs without anything better the training stops. Defaults to 0. */
  patience?: number;
  /** 1 tells when it stops, and which weights it restores. Defaults to 0. */
  verbose?: 0 | 1;
  /** Only what is better than this, too, counts against the patience. Defaults to none. */
  baseline?: number;
  /** Whether the model gets back the weights of its best epoch when the training ends. Defaults to false. */
  restoreBestWeights?: boolean;
  /** The epoch, counted from 0, from which on it watches. Defaults to 0. */
  startFromEpoch?: number;
}

/**
 * Stops a training that gets no better and, where asked, gives the model back the weights of the best epoch, also when the
 * last epoch is over or the loss was NaN; not after Ctrl-C, which leaves the model as it is. Goes on with
 * `BackupAndRestore`, the best weights included. Source: `keras.callbacks.EarlyStopping`, but that a NaN is never best.
 */
export class EarlyStopping extends tf.Callback implements RestorableCallback {
  private readonly monitor: Monitor;
  private readonly patience: number;
  private readonly verbose: 0 | 1;
  private readonly baseline: number | undefined;
  private readonly restoreBestWeights: boolean;
  private readonly startFromEpoch: number;
  private wait = 0;
  private bestEpoch: number | undefined;
  private bestWeights: tf.Tensor[] = [];
  private stoppedEpoch: number | undefined;

  /** @throws Error when an option is unknown, the mode is, or a number is none. */
  constructor(args: EarlyStoppingArgs = {}) {
    super();
    checkOptions('EarlyStopping', args, {
      ...({ monitor: true, mode: true, minDelta: true, patience: true, verbose: true } as const),
      ...({ baseline: true, restoreBestWeights: true, startFromEpoch: true } as const),
    });
    const { patience = 0, verbose = 0, baseline, restoreBestWeights = false, startFromEpoch = 0 } = args;
    checkNumber('EarlyStopping', 'patience', patience);
    checkNumber('EarlyStopping', 'startFromEpoch', startFromEpoch);
    if (baseline !== undefined) checkNumber('EarlyStopping', 'baseline', baseline, -Infinity);
    this.monitor = new Monitor('EarlyStopping', args);
    this.patience = patience;
    this.verbose = verbose;
    this.baseline = baseline;
    this.restoreBestWeights = restoreBestWeights;
    this.startFromEpoch = startFromEpoch;
  }

  /** Begins anew. */
  override async onTrainBegin(): Promise<void> {
    this.monitor.reset();
    this.wait = 0;
    this.bestEpoch = undefined;
    this.stoppedEpoch = undefined;
    tf.dispose(this.bestWeights.splice(0));
  }

  /** Reckons with an epoch of which a backup holds the logs. */
  onRestore(epoch: number, logs: Record<string, number>): void {
    this.reckon(epoch, logs);
  }

  /** The weights of the best epoch, for a backup. */
  kept(): tf.Tensor[] {
    return this.bestWeights;
  }

  /** Takes the weights of the best epoch from a backup. */
  restoreKept(tensors: tf.Tensor[]): void {
    this.bestWeights = tensors;
  }

  /** @throws Error naming the quantities there are, when the one to watch isn't among them. */
  override async onEpochEnd(epoch: number, logs?: UnreadLogs): Promise<void> {
    // Weights of NaN are nothing to go back to.
    if (hasDiverged(this.model)) return;
    const isBest = this.reckon(epoch, logs);
    if (this.restoreBestWeights && this.bestEpoch === epoch) {
      tf.dispose(this.bestWeights);
      // No copies: they share their values with the weights until those change.
      this.bestWeights = this.model.getWeights().map((weight) => weight.clone());
    }
    if (isBest === false && this.wait >= this.patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  /** Counts, and tells whether the epoch was the best so far; undefined where it doesn't count. */
  private reckon(epoch: number, logs?: UnreadLogs): boolean | undefined {
    if (epoch < this.startFromEpoch) return undefined;
    const value = this.monitor.value(this.model, logs);
    if (value === undefined) return undefined;
    this.wait++;
    const isBest = this.monitor.isBest(value);
    if (isBest && (this.baseline === undefined || this.monitor.isBetter(value, this.baseline))) this.wait = 0;
    if (isBest || this.bestEpoch === undefined) this.bestEpoch = epoch;
    return isBest;
  }

  /** Restores the best weights, where asked. */
  override async onTrainEnd(): Promise<void> {
    if (this.verbose && this.stoppedEpoch !== undefined) console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    if (!this.restoreBestWeights || this.bestEpoch === undefined) return;
    if (wasInterrupted(this.model)) {
      tf.dispose(this.bestWeights.splice(0));
      return;
    }
    if (this.bestWeights.length === 0) {
      console.error(
        `EarlyStopping can't restore the weights of the best epoch, ${this.bestEpoch + 1}: the backup was made without ` +
          'restoreBestWeights. The model keeps those of its last epoch.',
      );
      return;
    }
    if (this.verbose) console.log(`Restoring the weights of the best epoch: ${this.bestEpoch + 1}.`);
    this.model.setWeights(this.bestWeights);
    tf.dispose(this.bestWeights.splice(0));
  }
}

/**
 * A callback that stops a training which gets no better.
 *
 * @throws Error when an option is unknown, the mode is, or a number is none.
 * @example
 * callbacks.earlyStopping({ monitor: 'val_loss', patience: 5, restoreBestWeights: true });
 */
export function earlyStopping(args: EarlyStoppingArgs = {}): EarlyStopping {
  return new EarlyStopping(args);
}
