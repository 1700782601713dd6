import * as tf from '../tf';
import { logValues, type UnreadLogs } from '../tfjs/log_values';
import { inNotebook, liveDisplay } from '../utils/notebook';
import { formatBar, formatTime } from '../utils/progbar';

const REDRAW_MS = 200;

/** The metrics in a row, those of validation last: loss: 0.1234 - acc: 0.9567 - val_loss: 0.2345 - val_acc: 0.9456. */
function formatMetrics(logs: Record<string, number>): string {
  const names = Object.keys(logs).filter((name) => name !== 'batch' && name !== 'size');
  const ofValidation = (name: string) => Number(name.startsWith('val_'));
  names.sort((a, b) => ofValidation(a) - ofValidation(b));
  return names.map((name) => `${name}: ${logs[name]!.toPrecision(4)}`).join(' - ');
}

/** Shows how training goes: a bar updated in place in a notebook, one line per epoch elsewhere. */
export class Progress extends tf.Callback {
  private display: ReturnType<typeof liveDisplay> | undefined;
  private epoch = 0;
  private epochsDone = 0;
  private batchesPerEpoch = 0;
  private batchesSeen = 0;
  private trainStart = 0;
  private epochStart = 0;
  private lastDraw = 0;
  private lastMetrics = '';

  /** Opens the display, where there is one. */
  override async onTrainBegin(): Promise<void> {
    const { samples, batchSize, steps } = this.params;
    // A dataset of unknown size tells its number of batches by ending: known from the second epoch on.
    this.batchesPerEpoch = Number(steps) || Math.ceil(Number(samples) / Number(batchSize)) || 0;
    this.display = inNotebook() ? liveDisplay() : undefined;
    this.trainStart = performance.now();
    this.epochsDone = 0;
    this.lastMetrics = '';
  }

  /** Starts the epoch's clock. */
  override async onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
    this.epochStart = performance.now();
  }

  /** Draws the bar anew, at most five times a second. */
  override async onBatchEnd(batch: number, logs?: UnreadLogs): Promise<void> {
    const now = performance.now();
    if (this.display && now - this.lastDraw >= REDRAW_MS) {
      this.lastDraw = now;
      const bar = formatBar(batch + 1, this.batchesPerEpoch, (now - this.epochStart) / 1000);
      this.display.update({ 'text/plain': `${this.epochName()} ${bar} - ${formatMetrics(logValues(logs))}` });
    }
    this.batchesSeen = batch + 1;
  }

  private epochName(): string {
    return `Epoch ${this.epoch + 1}/${this.params.epochs}`;
  }

  /** Prints the epoch's line, where there is no display. */
  override async onEpochEnd(_epoch: number, logs?: UnreadLogs): Promise<void> {
    const seconds = (performance.now() - this.epochStart) / 1000;
    this.batchesPerEpoch = this.batchesSeen;
    this.epochsDone++;
    this.lastMetrics = formatMetrics(logValues(logs));
    if (!this.display) {
      const step = Math.round((seconds * 1000) / Math.max(1, this.batchesSeen));
      console.log(`${this.epochName()} - ${formatTime(seconds)} - ${step}ms/step - ${this.lastMetrics}`);
    }
  }

  /** Puts epochs, time and the last metrics in the bar's place. */
  override async onTrainEnd(): Promise<void> {
    const time = formatTime((performance.now() - this.trainStart) / 1000);
    const count = `${this.epochsDone} ${this.epochsDone === 1 ? 'epoch' : 'epochs'}`;
    this.display?.update({ 'text/plain': `${count} in ${time} - ${this.lastMetrics}` });
  }
}

/**
 * A callback that shows how training goes: a live bar in the notebook, one line per epoch elsewhere. Give `fit` also
 * `verbose: 0`, which silences tfjs's own.
 *
 * Source: `keras.callbacks.ProgbarLogger`.
 */
export function progress(): Progress {
  return new Progress();
}
