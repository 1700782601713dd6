import * as tf from '../tf';
import { getLearningRate, setLearningRate } from '../tfjs/optimizers/learning_rate';

/** The learning rate for an epoch, counted from 0, given the one before. */
export type Schedule = (epoch: number, learningRate: number) => number;

/** Sets the learning rate at the beginning of each epoch. Source: `keras.callbacks.LearningRateScheduler`. */
export class LearningRateScheduler extends tf.Callback {
  /** Takes the learning rate of each epoch from `schedule`. */
  constructor(private readonly schedule: Schedule) {
    super();
  }

  /** @throws Error when the schedule gives no positive number. */
  override async onEpochBegin(epoch: number): Promise<void> {
    const { optimizer } = this.model;
    const learningRate = this.schedule(epoch, getLearningRate(optimizer));
    if (!(learningRate >= 0 && learningRate < Infinity)) {
      throw new Error(
        `The schedule of a LearningRateScheduler must give a learning rate of 0 or more. Received: ${learningRate} ` +
          `for epoch ${epoch}`,
      );
    }
    setLearningRate(optimizer, learningRate);
  }
}

/**
 * A callback that changes the learning rate from epoch to epoch.
 *
 * @example
 * callbacks.learningRateScheduler((epoch) => 1e-3 * 0.9 ** epoch);
 */
export function learningRateScheduler(schedule: Schedule): LearningRateScheduler {
  return new LearningRateScheduler(schedule);
}
