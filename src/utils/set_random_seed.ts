import { type RandomGenerator, randomGenerator } from './random';

/**
 * Makes what follows repeatable: initialisers, dropout and the shuffling of `fit` draw from one seed.
 *
 * tfjs has no global seed; whatever is given none of its own asks `Math.random`, so that is what is seeded, for the
 * whole process and for good. Prefer this to `tf.layers.dropout({ seed })`, which draws the same mask at every step.
 *
 * Source: `keras.utils.set_random_seed`.
 *
 * @param seed any whole number
 * @example
 * utils.setRandomSeed(1);
 */
export function setRandomSeed(seed: number): void {
  Math.random = randomGenerator(seed);
}

/** The seed from which `Math.random` would go on as it does now; undefined while nobody has seeded it. */
export function randomState(): number | undefined {
  return (Math.random as Partial<RandomGenerator>).state;
}
