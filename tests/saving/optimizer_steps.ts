import * as tf from '../../src/tf';
import { setLearningRate } from '../../src/tfjs/optimizers/learning_rate';
import { random } from '../tfjs/trainable_models';

export const SLOWER_FROM = 3;
export const xs = random(10, 4, 6, 6, 2).div(4);
export const ys = random(10, 4, 1);

/** The rate falls on the way: what is remembered of earlier steps tells whether it was scaled by the rate of its time. */
export function steps(model: tf.LayersModel, first: number, last: number): Promise<number[]> {
  return Array.from({ length: last - first }, (_, index) => first + index).reduce(async (before, step) => {
    const losses = await before;
    if (step === SLOWER_FROM) setLearningRate(model.optimizer, Number(model.optimizer.getConfig().learningRate) / 4);
    const [x, y] = [xs, ys].map((data) => tf.tidy(() => data.gather(step)));
    losses.push((await model.trainOnBatch(x!, y!)) as number);
    tf.dispose([x, y]);
    return losses;
  }, Promise.resolve<number[]>([]));
}

export const MSE = 'meanSquaredError';
