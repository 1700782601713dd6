import { setImmediate, setTimeout } from 'node:timers/promises';
import * as tf from '../tf';
import { InterruptedError, watchInterrupts } from '../tfjs/interrupts';
import { checkOptions } from './check_options';
import type { Decoding } from './decoding';
import { type ImageFiles, imageFiles, type LabelMode } from './image_files';
import { ImagePipeline } from './image_pipeline';
import { pictureHashes, pictureKey } from './picture_key';
import { randomGenerator, shuffle } from './random';
import { shown } from './shown';

/** The arguments of `imageDatasetFromDirectory`. */
export type ImageDatasetArgs = {
  /** [height, width] in pixels to which each picture is resized. Defaults to [256, 256]. */
  imageSize?: [number, number];
  /** Pictures in a batch; the last batch of an epoch may be smaller. Defaults to 32. */
  batchSize?: number;
  /** Whether each epoch has another order; else alphanumeric, class by class. Defaults to true. */
  shuffle?: boolean;
  /** Where the orders come from: the same seed gives the same first epoch, second epoch... Defaults to a random one. */
  seed?: number;
  /**
   * 'int': int32 [batch, 1], the index of the class; 'binary': float32 [batch, 1], 0 or 1; 'categorical': float32
   * [batch, classes], one-hot; null: no labels, and batches are plain tensors. Defaults to 'int'.
   */
  labelMode?: LabelMode;
};

/** A batch of pictures and their labels. Whoever takes it disposes it. */
export type LabelledBatch = {
  /** The pictures, float32 [batch, height, width, 3], 0 to 255. */
  xs: tf.Tensor4D;
  /** The labels, as `labelMode` says. */
  ys: tf.Tensor2D;
};

/** A `tf.data` dataset of batches (`size` counts them) that `for await` walks, too. */
export type ImageDataset<Batch extends tf.TensorContainer> = tf.data.Dataset<Batch> &
  AsyncIterable<Batch> & {
    /** The names of the class folders, sorted: label 0, label 1... Empty without labels. */
    classNames: string[];
    /** Every picture, in alphanumeric order, whatever the order of the batches. */
    filePaths: string[];
    /** The folder that the pictures lie in. */
    directory: string;
    /** [height, width] of each picture, in pixels. */
    imageSize: [number, number];
    /** Pictures in a batch. */
    batchSize: number;
    /** Whether each walk has another order. */
    shuffled: boolean;
    /**
     * The pictures without labels, float32 [batch, height, width, 3], in the order of `filePaths`: from the place `start`
     * up to, not with, `end`. Defaults to all. Where `key` was asked for before, throws if one has another content since.
     */
    inOrder(start?: number, end?: number): AsyncGenerator<tf.Tensor4D, void, void>;
    /**
     * Stands for the pictures as they come out: their names, their contents, and the options that change them. Throws where
     * a picture is gone.
     */
    key(): Promise<string>;
    /** The labels of the pictures at these places in `filePaths`, as in the batches. Throws where there are none. */
    labelsOf(places: number[]): tf.Tensor2D;
  };

/**
 * Makes a dataset of the pictures (JPEG, PNG, BMP, GIF) below `directory`, where each class has a folder. The next
 * batches are decoded while the network computes. Each walk over the dataset is the next epoch, in its own order. A picture
 * has at most 100 MB and 100 million pixels (50 million in a progressive JPEG).
 * ```ts
 * const dataset = await utils.imageDatasetFromDirectory('train', { imageSize: [180, 180], seed: 1 });
 * for await (const { xs, ys } of dataset) {
 *   console.log(xs.shape, ys.shape); // [32, 180, 180, 3] [32, 1]
 *   tf.dispose([xs, ys]);
 * }
 * await model.fitDataset(dataset, { epochs: 10 });
 * ```
 * Mirrors keras.utils.image_dataset_from_directory, except that 'int' labels have shape [batch, 1], since tfjs's
 * `fitDataset` adds no axis to them.
 * @throws where the folder is missing or empty, or the classes do not fit `labelMode`; where a link leads nowhere, a folder
 * can't be read or something with a picture's name is no file, naming it. Walking throws where a file cannot be decoded or is
 * too large, naming it, and after an interrupt.
 */
export async function imageDatasetFromDirectory(
  directory: string,
  args: ImageDatasetArgs & { labelMode: null },
): Promise<ImageDataset<tf.Tensor4D>>;
export async function imageDatasetFromDirectory(
  directory: string,
  args?: ImageDatasetArgs & { labelMode?: Exclude<LabelMode, null> },
): Promise<ImageDataset<LabelledBatch>>;
export async function imageDatasetFromDirectory(
  directory: string,
  args: ImageDatasetArgs = {},
): Promise<ImageDataset<tf.Tensor4D | LabelledBatch>> {
  const { imageSize = [256, 256], batchSize = 32, shuffle: shuffled = true, labelMode = 'int' } = args;
  checkOptions('imageDatasetFromDirectory', args, {
    imageSize: true,
    batchSize: true,
    shuffle: true,
    seed: true,
    labelMode: true,
  });
  checkArgs(imageSize, batchSize, labelMode);
  const decoding: Decoding = { imageSize };
  const files = await imageFiles(directory, labelMode);
  const { filePaths, classNames } = files;
  console.log(
    `Found ${filePaths.length} files${labelMode === null ? '' : ` belonging to ${classNames.length} classes`}.`,
  );

  const inOrder = [...filePaths.keys()];
  const random = randomGenerator(args.seed ?? Math.floor(Math.random() * 1e6));
  let keyed: Map<string, string> | undefined;
  async function* batches(
    order: number[],
    hashes?: Map<string, string>,
  ): AsyncGenerator<{ xs: tf.Tensor4D; members: number[] }, void, void> {
    const paths = order.map((index) => filePaths[index]!);
    let given = 0;
    for await (const xs of decodedBatches(paths, batchSize, decoding, directory, hashes)) {
      yield { xs, members: order.slice(given, given + batchSize) };
      given += batchSize;
    }
  }
  async function* labelled(order: number[]): AsyncGenerator<tf.Tensor4D | LabelledBatch, void, void> {
    for await (const { xs, members } of batches(order)) {
      yield labelMode === null ? xs : { xs, ys: labelsOf(members, files, labelMode) };
    }
  }
  // Drawn here, not at the first batch: a training that goes on passes over earlier orders by asking for iterators.
  const epoch = () => labelled(shuffled ? shuffle(inOrder, random) : inOrder);
  return Object.assign(tf.data.generator(epoch), {
    size: Math.ceil(filePaths.length / batchSize),
    classNames,
    filePaths,
    directory,
    imageSize,
    batchSize,
    shuffled,
    [Symbol.asyncIterator]: epoch,
    async *inOrder(start?: number, end?: number) {
      for await (const { xs } of batches(inOrder.slice(start, end), keyed)) yield xs;
    },
    async key() {
      keyed = await pictureHashes(filePaths);
      return pictureKey(keyed, directory, decoding);
    },
    labelsOf: (places: number[]) => labelsOf(places, files, labelMode),
  });
}

/** The pictures of one epoch, batch after batch. */
async function* decodedBatches(
  paths: string[],
  batchSize: number,
  decoding: Decoding,
  directory: string,
  hashes?: Map<string, string>,
): AsyncGenerator<tf.Tensor4D, void, void> {
  const pipeline = new ImagePipeline(paths, decoding, batchSize, hashes);
  const interrupts = watchInterrupts();
  try {
    for (let given = 0; given < paths.length; given += batchSize) {
      await setImmediate(); // signals come in between two steps only
      if (interrupts.interrupted())
        throw new InterruptedError(`Interrupted while reading the pictures in ${shown(directory)}.`);
      yield pipeline.next();
    }
  } finally {
    pipeline.close();
    // A signal that came during the last step is delivered in the event loop's next turns: listen until then.
    await setTimeout(1);
    await setImmediate();
    interrupts.release();
  }
}

function labelsOf(members: number[], { labels, classNames }: ImageFiles, labelMode: LabelMode): tf.Tensor2D {
  if (labelMode === null) throw new Error('Expected labels. Received: a dataset with labelMode null, which has none.');
  const classes = members.map((index) => labels[index]!);
  if (labelMode !== 'categorical') {
    return tf.tensor2d(classes, [classes.length, 1], labelMode === 'int' ? 'int32' : 'float32');
  }
  return tf.tidy(() => tf.oneHot(tf.tensor1d(classes, 'int32'), classNames.length, 1, 0, 'float32') as tf.Tensor2D);
}

function checkArgs(imageSize: number[], batchSize: number, labelMode: LabelMode): void {
  const isCount = (value: number) => Number.isInteger(value) && value > 0;
  if (!Array.isArray(imageSize) || imageSize.length !== 2 || !imageSize.every(isCount)) {
    throw new Error(`Expected imageSize to be [height, width] in pixels. Received: ${JSON.stringify(imageSize)}.`);
  }
  if (!isCount(batchSize)) throw new Error(`Expected batchSize to be a positive integer. Received: ${batchSize}.`);
  if (!['int', 'binary', 'categorical', null].includes(labelMode)) {
    throw new Error(`Expected labelMode to be 'int', 'binary', 'categorical' or null. Received: ${labelMode}.`);
  }
}
