import { rm } from 'node:fs/promises';
import { checkClassNames } from '../saving/class_names';
import { serializeModel } from '../saving/keras_json/serialize_model';
import { saveModel, temporaryFolder } from '../saving/save_model';
import * as tf from '../tf';
import type { UnreadLogs } from '../tfjs/log_values';
import { outerModel } from '../tfjs/sequential_twin';
import { hasDiverged } from '../tfjs/terminate_on_nan';
import { checkOptions, type OptionNames } from '../utils/check_options';
import { shown } from '../utils/shown';
import type { RestorableCallback } from './backup_and_restore';
import { Monitor, type MonitorArgs } from './monitor';

/** The arguments of `modelCheckpoint`. */
export interface ModelCheckpointArgs extends Pick<MonitorArgs, 'monitor' | 'mode'> {
  /** Where to save the model, a path that ends in `.keras`. */
  filepath: string;
  /** Save only after the epochs that were the best so far. Defaults to false. */
  saveBestOnly?: boolean;
  /** What the model's classes are called, as in `saveModel`. Defaults to those that the model was loaded with. */
  classNames?: readonly string[];
}

const OPTIONS: OptionNames<ModelCheckpointArgs> = {
  ...{ filepath: true, monitor: true, mode: true, saveBestOnly: true },
  classNames: true,
};

/**
 * Saves the model after each epoch, or after each that was the best so far; never one whose loss or weights are NaN or
 * infinite. The file appears whole or not at all.
 * Source: `keras.callbacks.ModelCheckpoint`.
 */
export class ModelCheckpoint extends tf.Callback implements RestorableCallback {
  private readonly filepath: string;
  private readonly monitor: Monitor;
  private readonly saveBestOnly: boolean;
  private readonly classNames: readonly string[] | undefined;

  /** @throws Error when an option or the mode is unknown, or the path doesn't end in `.keras`. */
  constructor(args: ModelCheckpointArgs) {
    super();
    checkOptions('ModelCheckpoint', args, OPTIONS);
    const { filepath, saveBestOnly = false, classNames } = args;
    this.monitor = new Monitor('ModelCheckpoint', args);
    if (!filepath.endsWith('.keras')) {
      throw new Error(
        `The filepath of a ModelCheckpoint must end in \`.keras\`. Received: filepath=${shown(filepath)}`,
      );
    }
    this.filepath = filepath;
    this.saveBestOnly = saveBestOnly;
    this.classNames = classNames;
  }

  /** @throws Error when the model can't be saved, class names aren't its own or the folder not be written to: now, not after an hour of training. */
  override async onTrainBegin(): Promise<void> {
    const model = outerModel(this.model);
    serializeModel(model);
    if (this.classNames) checkClassNames(model, this.classNames);
    await rm(await temporaryFolder(this.filepath), { recursive: true });
  }

  /** Reckons with an epoch of which a backup holds the logs. */
  onRestore(_epoch: number, logs: Record<string, number>): void {
    if (this.saveBestOnly) this.isBest(logs);
  }

  /** @throws Error naming the quantities there are, when the one to watch isn't among them. */
  override async onEpochEnd(_epoch: number, logs?: UnreadLogs): Promise<void> {
    // A model of NaN must not take the place of one that had learned something.
    if (hasDiverged(this.model)) return;
    if (!this.saveBestOnly || this.isBest(logs)) {
      await saveModel(outerModel(this.model), this.filepath, { classNames: this.classNames });
    }
  }

  private isBest(logs?: UnreadLogs): boolean {
    const value = this.monitor.value(this.model, logs);
    return value !== undefined && this.monitor.isBest(value);
  }
}

/**
 * A callback that saves the model while it trains.
 *
 * @throws Error when an option or the mode is unknown, or the path doesn't end in `.keras`.
 * @example
 * callbacks.modelCheckpoint({ filepath: 'feature_extraction.keras', saveBestOnly: true, monitor: 'val_loss' });
 */
export function modelCheckpoint(args: ModelCheckpointArgs): ModelCheckpoint {
  return new ModelCheckpoint(args);
}
