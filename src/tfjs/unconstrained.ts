import { hidden } from './patch';
import type * as tf from './raw';

/**
 * Lets `set` set weights to what they are given. tfjs moves that to where a weight's constraint allows it, which Keras leaves
 * to training: what a file holds would come out as something else.
 */
export function unconstrained(weights: tf.LayerVariable[], set: () => void): void {
  const constrained = weights.map((weight) => hidden<{ constraint: unknown }>(weight));
  const constraints = constrained.map(({ constraint }) => constraint);
  for (const weight of constrained) weight.constraint = null;
  try {
    set();
  } finally {
    constrained.forEach((weight, index) => {
      weight.constraint = constraints[index];
    });
  }
}
