import { hidden } from './patch';
import type * as tf from './raw';
import { twinOf } from './sequential_twin';

/**
 * Has `train` train the weights of `model`, in its own way, while tfjs refuses `fit` and `fitDataset` of it.
 *
 * @throws Error when it is being trained already: both trainings would change the same weights.
 */
export async function whileTraining<T>(model: tf.LayersModel, train: () => Promise<T>): Promise<T> {
  const state = hidden<{ isTraining: boolean }>(twinOf(model));
  if (state.isTraining) {
    throw new Error(`Expected one training of '${model.name}' at a time. Received: another. Await the first one.`);
  }
  state.isTraining = true;
  try {
    return await train();
  } finally {
    state.isTraining = false;
  }
}
