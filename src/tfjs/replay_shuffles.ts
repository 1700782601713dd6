import * as tf from './raw';

/**
 * Lets the next `tf.util.shuffle` shuffle once after each of these, which seed `Math.random`: `fit` shuffles the order of
 * the epoch before, so that a training's later orders follow from all the earlier ones.
 */
export function replayShuffles(seedings: (() => void)[]): void {
  const { shuffle } = tf.util;
  const replay: typeof shuffle = (order) => {
    Object.assign(tf.util, { shuffle });
    for (const seed of seedings) {
      seed();
      shuffle(order);
    }
  };
  Object.assign(tf.util, { shuffle: replay });
}
