import { checkOptions, type OptionNames } from '../utils/check_options';
import {
  type ImageDataset,
  type ImageDatasetArgs,
  imageDatasetFromDirectory,
  type LabelledBatch,
} from '../utils/image_dataset';
import { catsVsDogs } from './cats_vs_dogs';

/** The arguments of `loadCatsVsDogs`, as in `imageDatasetFromDirectory`. */
export interface LoadCatsVsDogsArgs
  extends Pick<ImageDatasetArgs, 'imageSize' | 'batchSize' | 'interpolation' | 'seed' | 'shuffle'> {
  /** As in `imageDatasetFromDirectory`. Defaults to 'binary': 0 for a cat, 1 for a dog. */
  labelMode?: 'binary' | 'int' | 'categorical';
}

/** The three sets of cats and dogs. */
export interface CatsVsDogsSets {
  /** To learn from: 2000 pictures, in another order in each epoch unless `shuffle` is false. */
  train: ImageDataset<LabelledBatch>;
  /** To compare ideas on: 1000 pictures, always in the same order, as are those of the test set. */
  validation: ImageDataset<LabelledBatch>;
  /** For the end: 2000 pictures. */
  test: ImageDataset<LabelledBatch>;
}

const OPTIONS: OptionNames<LoadCatsVsDogsArgs> = {
  ...{ imageSize: true, batchSize: true, interpolation: true, seed: true, shuffle: true },
  labelMode: true,
};

/**
 * The chapter's three sets of cats and dogs, as datasets; says what the pictures are. In place of Keras's
 * `keras.datasets.….load_data`.
 *
 * @throws Error as `catsVsDogs` and `imageDatasetFromDirectory` do.
 * @example
 * const { train, validation, test } = await datasets.loadCatsVsDogs({ imageSize: [180, 180], seed: 1 });
 */
export async function loadCatsVsDogs(args: LoadCatsVsDogsArgs = {}): Promise<CatsVsDogsSets> {
  checkOptions('loadCatsVsDogs', args, OPTIONS);
  const folders = await catsVsDogs();
  console.log(folders.notice ?? 'The pictures are photographs.');
  const options = { labelMode: 'binary', ...args } as const;
  return {
    train: await imageDatasetFromDirectory(folders.train, options),
    validation: await imageDatasetFromDirectory(folders.validation, { ...options, shuffle: false }),
    test: await imageDatasetFromDirectory(folders.test, { ...options, shuffle: false }),
  };
}
