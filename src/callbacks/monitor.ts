import type * as tf from '../tf';
import { logValues, type UnreadLogs } from '../tfjs/log_values';
import { greatestIsBest } from '../utils/greatest_is_best';
import { shown } from '../utils/shown';

/** Which values of a quantity are better. */
export type Mode = 'auto' | 'min' | 'max';

/** What a callback watches. */
export interface MonitorArgs {
  /** The quantity to watch. Defaults to 'val_loss'. */
  monitor?: string;
  /**
   * Whether the least or the greatest is best; 'auto' takes the greatest of accuracies, precision, recall and R². Defaults
   * to 'auto'.
   */
  mode?: Mode;
  /** How much better a value must be to count as better at all. Defaults to 0. */
  minDelta?: number;
}

/** Watches one quantity from epoch to epoch. Source: `MonitorCallback` in keras/src/callbacks/monitor_callback.py. */
export class Monitor {
  private readonly monitor: string;
  private readonly minDelta: number;
  private readonly greatest: boolean;
  /** The best value so far; what is NaN is never best. */
  private best = 0;

  /**
   * @param of The callback that watches, for messages.
   * @throws Error when the mode is unknown, or `minDelta` is no number.
   */
  constructor(
    private readonly of: string,
    { monitor = 'val_loss', mode = 'auto', minDelta = 0 }: MonitorArgs,
  ) {
    if (!['auto', 'min', 'max'].includes(mode)) {
      throw new Error(`The mode of ${of} is 'auto', 'min' or 'max'. Received: mode=${shown(String(mode))}`);
    }
    checkNumber(of, 'minDelta', minDelta, -Infinity);
    this.monitor = monitor;
    this.minDelta = Math.abs(minDelta);
    this.greatest = mode === 'max' || (mode === 'auto' && greatestIsBest(monitor));
    this.reset();
  }

  /** Forgets what was best. */
  reset(): void {
    this.best = this.greatest ? -Infinity : Infinity;
  }

  /**
   * The quantity's value; undefined after an interrupted epoch, which ends without validation.
   *
   * @throws Error naming the quantities there are, when the one to watch isn't among them.
   */
  value(model: tf.LayersModel, unread?: UnreadLogs): number | undefined {
    const logs = logValues(unread);
    const value = Object.hasOwn(logs, this.monitor) ? logs[this.monitor] : undefined;
    if (value === undefined && !model.stopTraining) {
      throw new Error(
        `${this.of} can't find the quantity to monitor. Expected one of: ${shown(Object.keys(logs).join(', '))}. ` +
          `Received: monitor=${shown(this.monitor)}. (The val_ ones need validationData.)`,
      );
    }
    return value;
  }

  /** Whether a value is better than another, in 32 bits, as Keras compares them. */
  isBetter(value: number, than: number): boolean {
    const reference = Math.fround(than);
    return this.greatest
      ? Math.fround(value - this.minDelta) > reference
      : Math.fround(value + this.minDelta) < reference;
  }

  /** Whether a value is better than all before it, and then the best from now on. */
  isBest(value: number): boolean {
    const better = this.isBetter(value, this.best);
    if (better) this.best = value;
    return better;
  }
}

/** @throws Error when an option is no number, or less than `least`. */
export function checkNumber(of: string, name: string, value: number, least = 0): void {
  if (Number.isFinite(value) && value >= least) return;
  const from = least === -Infinity ? '' : ` of ${least} or more`;
  throw new Error(`Expected ${name} of ${of} to be a number${from}. Received: ${name}=${shown(String(value))}`);
}
