import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BaseRandomLayer } from '../layers/base_random_layer';
import * as tf from '../tf';
import { wasInterrupted } from '../tfjs/interruptible_fit';
import { layerPaths } from '../tfjs/layer_paths';
import { logValues, type UnreadLogs } from '../tfjs/log_values';
import { replayShuffles } from '../tfjs/replay_shuffles';
import { callbacksOf, type FitArgs, type Training } from '../tfjs/resumable_fit';
import { hasDiverged } from '../tfjs/terminate_on_nan';
import { checkOptions } from '../utils/check_options';
import { reason } from '../utils/reason';
import { randomState, setRandomSeed } from '../utils/set_random_seed';
import { shown } from '../utils/shown';
import { partialPath } from './backup_file';
import { trainingFingerprint } from './training_fingerprint';
import {
  type FinishedEpoch,
  readTraining,
  restoreTraining,
  saveTraining,
  type TrainingState,
  valueIds,
} from './training_state';

/** The arguments of `backupAndRestore`. */
export interface BackupAndRestoreArgs {
  /** The folder for the backup, made where it is missing. Each training needs its own. */
  backupDir: string;
}

/** A callback with state that follows from the epochs that are over, such as `ModelCheckpoint`. */
export interface RestorableCallback {
  /** Reckons with an epoch that was over before this training went on, and its logs. They come in order. */
  onRestore(epoch: number, logs: Record<string, number>): void | Promise<void>;
  /** What it keeps that doesn't follow from logs, such as the best weights: goes into the backup after each epoch. */
  kept?(): tf.Tensor[];
  /** Gets back what it kept, after the last `onRestore`, and disposes of it. */
  restoreKept?(tensors: tf.Tensor[]): void;
}

const isRestorable = <Callback extends object>(callback: Callback): callback is Callback & RestorableCallback =>
  'onRestore' in callback;

/** For each path the training that last left a backup there, and the fingerprint of the model as it left it. */
const left = new Map<string, { fingerprint: string; training: string }>();

/**
 * Saves after each epoch what a training needs to go on: the weights that it changes, the optimizer's state, the logs,
 * and the state of the seeded `Math.random`. When the same training starts again after a crash or Ctrl-C, it goes on
 * after the last finished epoch, to the same digits as if undisturbed, and its history holds all epochs. When it ends by
 * itself, the backup is deleted; where it stopped since its loss was NaN or infinite, the backup of the epoch before stays.
 *
 * It is the same training when the model's architecture and first weights, the settings of `compile`, the batch size and
 * the state of `Math.random` are the same: hence `utils.setRandomSeed`. Other data it can't notice. Random layers with
 * a seed start anew in each epoch, from it and the epoch's number. Callbacks with an `onRestore` are told of the epochs
 * that are over: see `RestorableCallback`. Source: `keras.callbacks.BackupAndRestore`.
 */
export class BackupAndRestore extends tf.Callback {
  private readonly folder: string;
  private readonly path: string;
  private others: tf.CallbackList['callbacks'] = [];
  private training = '';
  private startIds: object[] = [];
  private epochs: FinishedEpoch[] = [];
  private orderState: number | undefined;
  /** What was restored, until it has been handed on. */
  private restored: TrainingState | undefined;
  private restoredKept: tf.Tensor[][] = [];
  private shufflesToReplay: number[] = [];
  private over = false;

  /** @throws Error when an option is unknown, or `backupDir` empty. */
  constructor(args: BackupAndRestoreArgs) {
    super();
    checkOptions('BackupAndRestore', args, { backupDir: true });
    const { backupDir } = args;
    if (!backupDir) {
      throw new Error(`Expected backupDir to be the path of a folder. Received: backupDir=${backupDir}`);
    }
    this.folder = backupDir;
    this.path = join(backupDir, 'training.backup');
  }

  /**
   * Trains `model` by `fit`, tfjs's own, from where the backup ends; `fit` gets the arguments and how many epochs are over.
   *
   * @internal
   * @throws Error when the folder can't be written to, or a backup in it not be read.
   */
  async resume<Args extends FitArgs>(
    model: tf.LayersModel,
    args: Args,
    { settings, shuffles, datasets }: Training,
    fit: (args: Args, finished: number) => Promise<tf.History>,
  ): Promise<tf.History> {
    await this.writing(async () => {
      await mkdir(this.folder, { recursive: true });
      await writeFile(partialPath(this.path), '');
      await rm(partialPath(this.path));
    });
    await this.restore(model, settings);
    const { length: finished } = this.epochs;
    for (const dataset of this.epochs.flatMap(() => datasets)) {
      // A shuffled dataset draws another order for each iterator.
      await dataset.iterator();
    }
    this.shufflesToReplay = shuffles ? this.epochs.flatMap(({ orderState }) => orderState ?? []) : [];
    this.others = callbacksOf(args).filter((callback) => callback !== this);
    const handOn = () => this.handOn();
    // By the end at the latest: maybe no epoch is left.
    const first = new tf.CustomCallback({ onEpochBegin: handOn, onTrainEnd: handOn }, 'never');
    this.over = false;
    try {
      // Last in the row: an epoch counts as finished when the others are done with it.
      const callbacks = [first, ...this.others, this];
      return await fit({ ...args, callbacks, initialEpoch: this.nextEpoch() ?? args.initialEpoch }, finished);
    } finally {
      if (!this.over) {
        left.set(this.path, { fingerprint: trainingFingerprint(model, settings), training: this.training });
      }
    }
  }

  private nextEpoch(): number | undefined {
    const last = this.epochs.at(-1);
    return last && last.epoch + 1;
  }

  private async writing(work: () => Promise<void>): Promise<void> {
    await work().catch((error) => {
      throw new Error(
        `Can't write a backup of the training to '${shown(this.folder)}'. Choose another backupDir. (${reason(error)})`,
      );
    });
  }

  private async restore(model: tf.LayersModel, settings: unknown): Promise<void> {
    const fingerprint = trainingFingerprint(model, settings);
    const here = `${fingerprint} ${randomState()}`;
    const before = left.get(this.path);
    const trainings = before?.fingerprint === fingerprint ? [here, before.training] : [here];
    this.startIds = valueIds(model);
    const saved = await readTraining(this.path, trainings).catch((error: NodeJS.ErrnoException) => {
      // What can't be read may be whole, and hours of training.
      if (error.syscall) {
        const remedy = 'Make it readable, or remove it to begin anew.';
        throw new Error(
          `Can't read the backup of the training in '${shown(this.folder)}' (${reason(error)}). ${remedy}`,
        );
      }
      console.error(`The backup in ${shown(this.folder)} is not used and will be overwritten: ${reason(error)}.`);
      return undefined;
    });
    this.restored = saved?.state;
    this.training = this.restored?.training ?? here;
    this.epochs = [...(this.restored?.epochs ?? [])];
    if (saved) {
      this.restoredKept = await restoreTraining(model, saved);
      const epochs = this.epochs.length === 1 ? '1 epoch' : `${this.epochs.length} epochs`;
      console.error(`Going on from epoch ${this.nextEpoch()! + 1}: backup of ${epochs} in ${shown(this.folder)}.`);
    }
  }

  /** Hands on what was restored, once tfjs and the other callbacks have made themselves ready. */
  private async handOn(): Promise<void> {
    if (!this.restored) return;
    const { epochs, random } = this.restored;
    this.restored = undefined;
    const { history } = this.model;
    history.epoch = epochs.map(({ epoch }) => epoch);
    for (const { epoch, logs } of epochs) {
      for (const [name, value] of Object.entries(logs)) {
        history.history[name] = [...(history.history[name] ?? []), value];
      }
      for (const callback of this.others.filter(isRestorable)) await callback.onRestore(epoch, { ...logs });
    }
    const keepers = this.keepers();
    for (const [place, tensors] of this.restoredKept.splice(0).entries()) {
      const keeper = keepers[place];
      if (keeper?.restoreKept) keeper.restoreKept(tensors);
      else tf.dispose(tensors);
    }
    if (random !== undefined) setRandomSeed(random);
  }

  private keepers(): (tf.CallbackList['callbacks'][number] & RestorableCallback)[] {
    return this.others.filter(isRestorable).filter((callback) => callback.kept);
  }

  /** Starts the random layers anew and, in the first epoch after a restoration, catches up with the shuffles before it. */
  override async onEpochBegin(epoch: number): Promise<void> {
    for (const { layer } of layerPaths(this.model)) {
      if (layer instanceof BaseRandomLayer && layer.getConfig().seed !== null) layer.reseed(epoch);
    }
    this.orderState = randomState();
    if (this.shufflesToReplay.length > 0) {
      const states = [...this.shufflesToReplay.splice(0), this.orderState!];
      replayShuffles(states.map((state) => () => setRandomSeed(state)));
    }
  }

  /**
   * Saves the training, unless the epoch was interrupted or stopped.
   *
   * @throws Error when the backup can't be written.
   */
  override async onEpochEnd(epoch: number, logs?: UnreadLogs): Promise<void> {
    // An interrupted epoch isn't finished.
    if (this.model.stopTraining) return;
    this.epochs.push({ epoch, logs: logValues(logs), orderState: this.orderState });
    const { training, epochs } = this;
    const kept = this.keepers().map((callback) => callback.kept!());
    await this.writing(() => saveTraining(this.path, this.model, this.startIds, { training, epochs }, kept));
  }

  /** Deletes the backup, unless the training was interrupted or its loss was NaN. */
  override async onTrainEnd(): Promise<void> {
    if (wasInterrupted(this.model) || hasDiverged(this.model)) return;
    this.over = true;
    await this.writing(() => rm(this.path, { force: true }));
    await rmdir(this.folder).catch(() => {}); // Something else lies in it; the training is over all the same.
  }
}

/**
 * A callback that lets an interrupted training go on where its last finished epoch ended.
 *
 * @throws Error when an option is unknown, or `backupDir` empty.
 * @example
 * callbacks.backupAndRestore({ backupDir: 'results/fine_tuning.backup' });
 */
export function backupAndRestore(args: BackupAndRestoreArgs): BackupAndRestore {
  return new BackupAndRestore(args);
}
