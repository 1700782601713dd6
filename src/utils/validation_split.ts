import { shuffleAsNumPy } from './random_state';

/** Which of the pictures of a folder: those to train on, those to validate on, or both as two datasets. */
export type Subset = 'training' | 'validation' | 'both';

/** How pictures are divided into those to train on and those to validate on. */
export interface ValidationSplit {
  /** The part of the pictures that is for validation, between 0 and 1. */
  validationSplit: number;
  /** Where chance comes from; undefined: the last pictures are for validation. */
  seed: number | undefined;
  /** Whether each class is divided by itself. */
  stratified: boolean;
}

/**
 * Divides pictures as Keras does: after `RandomState(seed).shuffle` the last are for validation, rounded down; so the same
 * seed gives the same pictures there and here. Stratified, which Keras can't, the last of each class are, rounded, and at
 * least one is on either side.
 *
 * Source: `get_training_or_validation_split` in keras/src/utils/dataset_utils.py.
 *
 * @param labels The class of each picture, or of each something, where there are none.
 * @returns The places of the pictures in `labels`, in order.
 * @throws Error where nothing is left for one of the two.
 */
export function dividedPlaces(
  labels: readonly unknown[],
  { validationSplit, seed, stratified }: ValidationSplit,
): { training: number[]; validation: number[] } {
  const inOrder = [...labels.keys()];
  const shuffled = seed === undefined ? inOrder : shuffleAsNumPy(inOrder, seed);
  const validation = new Set<number>();
  for (const label of stratified ? new Set(labels) : [undefined]) {
    const places = stratified ? shuffled.filter((place) => labels[place] === label) : shuffled;
    const part = validationSplit * places.length;
    const count = stratified ? Math.min(Math.max(Math.round(part), 1), places.length - 1) : Math.floor(part);
    if (count === 0) {
      throw new Error(
        `Expected enough pictures${stratified ? ' of each class' : ''} for both subsets. ` +
          `Received: ${places.length} with validationSplit=${validationSplit}. Add some, or raise validationSplit.`,
      );
    }
    for (const place of places.slice(-count)) validation.add(place);
  }
  return {
    training: inOrder.filter((place) => !validation.has(place)),
    validation: inOrder.filter((place) => validation.has(place)),
  };
}
