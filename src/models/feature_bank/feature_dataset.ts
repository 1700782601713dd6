import { basename } from 'node:path';
import * as tf from '../../tf';
import type { ImageDataset, LabelledBatch } from '../../utils/image_dataset';
import type { FeatureFile, FeatureReader } from './feature_files';

/** In which order an epoch shows the pictures, and which variant of each. */
interface EpochPlan {
  order: number[];
  variantOf: (place: number) => number;
}

/** What is kept for the pictures at these places: [places, ...shape]. `readerOf` tells from which file each is read. */
export async function readBatch(
  places: number[],
  shape: number[],
  readerOf: (place: number) => FeatureReader,
): Promise<tf.Tensor> {
  const batchShape = [places.length, ...shape];
  const numbers = new Float32Array(tf.util.sizeFromShape(batchShape));
  await Promise.all(places.map((place, index) => readerOf(place).read(place, numbers, index)));
  return tf.tensor(numbers, batchShape);
}

/** Batches of kept features with their labels, and how to close their files. */
export interface FeatureDataset {
  features: tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }>;
  close: () => Promise<void>;
}

/**
 * A dataset of what is kept for the pictures of `dataset`, with their labels, in batches of the same size.
 *
 * @param files One for each variant.
 * @param seed Where `plan` comes from: with the files, what tells this dataset from others.
 * @param plan Asked at the beginning of each epoch; is given the places of all pictures.
 */
export async function featureDataset(
  files: FeatureFile[],
  dataset: ImageDataset<LabelledBatch>,
  seed: number,
  plan: (places: number[]) => EpochPlan = (order) => ({ order, variantOf: () => 0 }),
): Promise<FeatureDataset> {
  const { batchSize, filePaths, size } = dataset;
  const readers = await Promise.all(files.map((file) => file.reader()));
  async function* epoch(): AsyncGenerator<{ xs: tf.Tensor; ys: tf.Tensor }, void, void> {
    const { order, variantOf } = plan([...filePaths.keys()]);
    const batchAt = (start: number) => {
      const places = order.slice(start, start + batchSize);
      const reading = readBatch(places, files[0]!.shape, (place) => readers[variantOf(place)]!);
      return { places, reading };
    };
    // The next batch is read while the network computes.
    let next = batchAt(0);
    try {
      for (let start = batchSize; next.places.length > 0; start += batchSize) {
        const xs = await next.reading;
        const ys = dataset.labelsOf(next.places);
        next = batchAt(start);
        yield { xs, ys };
      }
    } finally {
      (await next.reading).dispose();
    }
  }
  const walks = new Set<AsyncGenerator<{ xs: tf.Tensor; ys: tf.Tensor }, void, void>>();
  const walk = () => {
    const begun = epoch();
    walks.add(begun);
    return begun;
  };
  const contents = JSON.stringify([files.map(({ path }) => basename(path)), batchSize, dataset.shuffled, seed]);
  return {
    features: Object.assign(tf.data.generator(walk), { size, contents }),
    close: async () => {
      // tfjs leaves a walk where it is when training ends early.
      for (const walk of walks) await walk.return();
      await Promise.all(readers.map((reader) => reader.close()));
    },
  };
}
