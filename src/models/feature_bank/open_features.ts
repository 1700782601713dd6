import * as tf from '../../tf';
import type { FeatureReader } from './feature_files';

/** What is kept of a set of pictures, open to be read: whoever removes its files does no harm any more. */
export interface OpenFeatures {
  /** One for each variant of the pictures. */
  readers: FeatureReader[];
  /** One for each: stand for all that the numbers depend on. */
  names: string[];
  /** The shape of what is kept for a picture. */
  shape: number[];
  close: () => Promise<void>;
}

/** The numbers kept for the pictures at these places, one after another. `readerOf` tells from which file each is read. */
export async function readNumbers(
  places: number[],
  shape: number[],
  readerOf: (place: number) => FeatureReader,
): Promise<Float32Array> {
  const numbers = new Float32Array(tf.util.sizeFromShape([places.length, ...shape]));
  const reads: Promise<void>[] = [];
  for (let index = 0, count = 1; index < places.length; index += count) {
    const [place, reader] = [places[index]!, readerOf(places[index]!)];
    for (count = 1; places[index + count] === place + count && readerOf(place + count) === reader; ) count++;
    reads.push(reader.read(place, numbers, index, count));
  }
  await Promise.all(reads);
  return numbers;
}

/** The same as a tensor [places, ...shape]. */
export async function readBatch(
  places: number[],
  shape: number[],
  readerOf: (place: number) => FeatureReader,
): Promise<tf.Tensor> {
  return tf.tensor(await readNumbers(places, shape, readerOf), [places.length, ...shape]);
}

/** The places 0 to `pictures` in groups of `size`, the last one smaller. */
export function batches(pictures: number, size: number): number[][] {
  return Array.from({ length: Math.ceil(pictures / size) }, (_, batch) => {
    const start = batch * size;
    return Array.from({ length: Math.min(size, pictures - start) }, (_, index) => start + index);
  });
}
