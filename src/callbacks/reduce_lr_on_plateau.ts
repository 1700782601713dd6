import * as tf from '../tf';
import type { UnreadLogs } from '../tfjs/log_values';
import { getLearningRate, setLearningRate } from '../tfjs/optimizers/learning_rate';
import { checkOptions } from '../utils/check_options';
import type { RestorableCallback } from './backup_and_restore';
import { checkNumber, Monitor, type MonitorArgs } from './monitor';

/** The arguments of `reduceLROnPlateau`. */
export interface ReduceLROnPlateauArgs extends MonitorArgs {
  /** By what the learning rate is multiplied, from 0 to below 1. Defaults to 0.1. */
  factor?: number;
  /** After how many epochs without anything better. Defaults to 10. */
  patience?: number;
  /** 1 tells of each reduction. Defaults to 0. */
  verbose?: 0 | 1;
  /** How much better a value must be to count as better at all. Defaults to 1e-4. */
  minDelta?: number;
  /** How many epochs after a reduction don't count. Defaults to 0. */
  cooldown?: number;
  /** The least learning rate. Defaults to 0. */
  minLr?: number;
}

/**
 * Lowers the learning rate when a training gets no better. The rate that each epoch had is among its logs and in the
 * history, as `learning_rate`. Source: `keras.callbacks.ReduceLROnPlateau`, but that a NaN is never best.
 */
export class ReduceLROnPlateau extends tf.Callback implements RestorableCallback {
  private readonly monitor: Monitor;
  private readonly factor: number;
  private readonly patience: number;
  private readonly verbose: 0 | 1;
  private readonly cooldown: number;
  private readonly minLr: number;
  private wait = 0;
  private cooldownLeft = 0;

  /** @throws Error when an option is unknown, the mode is, or a number is none or out of its range. */
  constructor(args: ReduceLROnPlateauArgs = {}) {
    super();
    checkOptions('ReduceLROnPlateau', args, {
      ...({ monitor: true, mode: true, minDelta: true, patience: true, verbose: true } as const),
      ...({ factor: true, cooldown: true, minLr: true } as const),
    });
    const { factor = 0.1, patience = 10, verbose = 0, minDelta = 1e-4, cooldown = 0, minLr = 0 } = args;
    for (const [name, value] of Object.entries({ factor, patience, cooldown, minLr })) {
      checkNumber('ReduceLROnPlateau', name, value);
    }
    if (factor >= 1) {
      throw new Error(`Expected factor of ReduceLROnPlateau to be less than 1. Received: factor=${factor}`);
    }
    this.monitor = new Monitor('ReduceLROnPlateau', { ...args, minDelta });
    this.factor = factor;
    this.patience = patience;
    this.verbose = verbose;
    this.cooldown = cooldown;
    this.minLr = minLr;
  }

  /** Begins anew. */
  override async onTrainBegin(): Promise<void> {
    this.monitor.reset();
    this.wait = 0;
    this.cooldownLeft = 0;
  }

  /** Reckons with an epoch of which a backup holds the logs; the backup holds the learning rate, too. */
  onRestore(_epoch: number, logs: Record<string, number>): void {
    this.reducedRate(logs.learning_rate ?? getLearningRate(this.model.optimizer), logs);
  }

  /** @throws Error naming the quantities there are, when the one to watch isn't among them. */
  override async onEpochEnd(epoch: number, logs: UnreadLogs = {}): Promise<void> {
    const { optimizer } = this.model;
    const rate = getLearningRate(optimizer);
    logs.learning_rate = rate;
    const reduced = this.reducedRate(rate, logs);
    if (reduced === undefined) return;
    setLearningRate(optimizer, reduced);
    if (this.verbose) console.log(`Epoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${reduced}.`);
  }

  /** Counts, and gives the rate from now on where it is to be another. */
  private reducedRate(rate: number, logs: UnreadLogs): number | undefined {
    const value = this.monitor.value(this.model, logs);
    if (value === undefined) return undefined;
    if (this.cooldownLeft > 0) {
      this.cooldownLeft--;
      this.wait = 0;
    }
    if (this.monitor.isBest(value)) this.wait = 0;
    else if (this.cooldownLeft === 0) this.wait++;
    if (this.wait === 0 || this.wait < this.patience || rate <= this.minLr) return undefined;
    this.cooldownLeft = this.cooldown;
    this.wait = 0;
    return Math.max(rate * this.factor, this.minLr);
  }
}

/**
 * A callback that lowers the learning rate when a training gets no better.
 *
 * @throws Error when an option is unknown, the mode is, or a number is none or out of its range.
 * @example
 * callbacks.reduceLROnPlateau({ monitor: 'val_loss', factor: 0.2, patience: 3, minLr: 1e-6 });
 */
export function reduceLROnPlateau(args: ReduceLROnPlateauArgs = {}): ReduceLROnPlateau {
  return new ReduceLROnPlateau(args);
}
