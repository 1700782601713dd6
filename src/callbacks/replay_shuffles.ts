import * as tf from '../tf';
import { setRandomSeed } from '../utils/set_random_seed';

/**
 * Lets the next `tf.util.shuffle` shuffle once from each of these states of `Math.random`: `fit` shuffles the order of
 * the epoch before, so that a training's later orders follow from all the earlier ones.
 */
export function replayShuffles(states: number[]): void {
  const { shuffle } = tf.util;
  const replay: typeof shuffle = (order) => {
    Object.assign(tf.util, { shuffle });
    for (const state of states) {
      setRandomSeed(state);
      shuffle(order);
    }
  };
  Object.assign(tf.util, { shuffle: replay });
}
