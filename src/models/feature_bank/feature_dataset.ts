import * as tf from '../../tf';
import type { ImageDataset, LabelledBatch } from '../../utils/image_dataset';
import { type OpenFeatures, readBatch } from './open_features';

/** In which order an epoch shows the pictures, and which variant of each. */
interface EpochPlan {
  order: number[];
  variantOf: (place: number) => number;
}

/** Batches of kept features with their labels, and how to end what still walks over them. */
export interface FeatureDataset {
  features: tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }>;
  close: () => Promise<void>;
}

/**
 * A dataset of what is kept for the pictures of `dataset`, with their labels, in batches of the same size.
 *
 * @param seed Where `plan` comes from: with the names of what is kept, what tells this dataset from others.
 * @param plan Asked at the beginning of each epoch; is given the places of all pictures.
 */
export function featureDataset(
  { names, readers, shape }: OpenFeatures,
  dataset: ImageDataset<LabelledBatch>,
  seed: number,
  plan: (places: number[]) => EpochPlan = (order) => ({ order, variantOf: () => 0 }),
): FeatureDataset {
  const { batchSize, filePaths, size } = dataset;
  async function* epoch(): AsyncGenerator<{ xs: tf.Tensor; ys: tf.Tensor }, void, void> {
    const { order, variantOf } = plan([...filePaths.keys()]);
    const batchAt = (start: number) => {
      const places = order.slice(start, start + batchSize);
      const reading = readBatch(places, shape, (place) => readers[variantOf(place)]!);
      reading.catch(() => {}); // It may fail while the network computes: it is asked for afterwards.
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
      (await next.reading.catch(() => undefined))?.dispose();
    }
  }
  const walks = new Set<AsyncGenerator<{ xs: tf.Tensor; ys: tf.Tensor }, void, void>>();
  const walk = () => {
    const begun = epoch();
    walks.add(begun);
    return begun;
  };
  const contents = JSON.stringify([names, batchSize, dataset.shuffled, seed]);
  return {
    features: Object.assign(tf.data.generator(walk), { size, contents }),
    close: async () => {
      // tfjs leaves a walk where it is when training ends early.
      for (const walk of walks) await walk.return();
    },
  };
}
