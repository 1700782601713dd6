import { setImmediate, setTimeout } from 'node:timers/promises';
import * as tf from '../tf';
import { InterruptedError, watchInterrupts } from '../tfjs/interrupts';
import { checkOptions, type OptionNames } from './check_options';
import { decodesWebp } from './decode_image';
import { channelsOf, type Decoding, type DecodingArgs, decodingOf } from './decoding';
import { type ImageFiles, imageFiles, type LabelMode, skippedText } from './image_files';
import { ImagePipeline } from './image_pipeline';
import { pictureHashes, pictureKey } from './picture_key';
import { randomGenerator, shuffle } from './random';
import { shown } from './shown';
import { dividedPlaces, type Subset } from './validation_split';

/** The arguments of `imageDatasetFromDirectory`. */
export type ImageDatasetArgs = DecodingArgs & {
  /** [height, width] in pixels to which each picture is resized. Defaults to [256, 256]. */
  imageSize?: [number, number];
  /** Pictures in a batch; the last batch of an epoch may be smaller. Defaults to 32. */
  batchSize?: number;
  /** Whether each epoch has another order; else alphanumeric, class by class. Defaults to true. */
  shuffle?: boolean;
  /**
   * Where the orders come from, and which picture is in which subset: the same seed gives the same first epoch, second
   * epoch... Defaults to a random one.
   */
  seed?: number;
  /**
   * 'inferred': each class has a folder; a label for each picture at whatever depth, in alphanumeric order; null: no labels.
   * Defaults to 'inferred'.
   */
  labels?: 'inferred' | readonly number[] | null;
  /**
   * 'int': int32 [batch, 1], the index of the class; 'binary': float32 [batch, 1], 0 or 1; 'categorical': float32
   * [batch, classes], one-hot; null: no labels, and batches are plain tensors. Defaults to 'int'.
   */
  labelMode?: LabelMode;
  /** The class folders to take, in the order of their labels. Defaults to all, in the order of code points. */
  classNames?: readonly string[];
  /** Whether links to folders within the classes are followed. Defaults to false. */
  followLinks?: boolean;
  /** The part of the pictures that is for validation, between 0 and 1; `subset` says which part is given. Defaults to none. */
  validationSplit?: number;
  /**
   * Which part of the pictures: 'training', 'validation', or 'both' as `[training, validation]`, where validation is in
   * alphanumeric order. The same seed has the same pictures in the same subset as in Keras; without `shuffle`, and so
   * without chance, the last pictures are for validation: those of the last class.
   */
  subset?: Subset;
  /** Whether each class is divided by itself, so that both parts have each. Keras can't. Defaults to false. */
  stratified?: boolean;
};

/** A batch of pictures and their labels. Whoever takes it disposes it. */
export type LabelledBatch = {
  /** The pictures, float32 [batch, height, width, channels], 0 to 255. */
  xs: tf.Tensor4D;
  /** The labels, as `labelMode` says. */
  ys: tf.Tensor2D;
};

/** A `tf.data` dataset of batches (`size` counts them) that `for await` walks, too. */
export type ImageDataset<Batch extends tf.TensorContainer> = tf.data.Dataset<Batch> &
  AsyncIterable<Batch> & {
    /** The names of the class folders: label 0, label 1... Of labels that were given, those, sorted. Empty without labels. */
    classNames: string[];
    /** Every picture of this subset, in alphanumeric order, whatever the order of the batches. */
    filePaths: string[];
    /** The folder that the pictures lie in. */
    directory: string;
    /** [height, width] of each picture, in pixels. */
    imageSize: [number, number];
    /** How many numbers a pixel has: 3, or as `colorMode` says. */
    channels: number;
    /** Pictures in a batch. */
    batchSize: number;
    /** Whether each walk has another order. */
    shuffled: boolean;
    /**
     * The pictures without labels, float32 [batch, height, width, channels], in the order of `filePaths`: from the place `start`
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
    /** The labels of all pictures, in the order of `filePaths`. Throws where there are none. */
    labels(): tf.Tensor2D;
  };

const OPTIONS: OptionNames<ImageDatasetArgs> = {
  imageSize: true,
  colorMode: true,
  interpolation: true,
  cropToAspectRatio: true,
  padToAspectRatio: true,
  batchSize: true,
  shuffle: true,
  seed: true,
  labels: true,
  labelMode: true,
  classNames: true,
  followLinks: true,
  validationSplit: true,
  subset: true,
  stratified: true,
};

/**
 * Makes a dataset of the pictures (JPEG, PNG, BMP, GIF, and WebP where TensorFlow decodes it) below `directory`, where each
 * class has a folder. Tells what it passes over: files of other formats, hidden ones, links that lead nowhere. The next
 * batches are decoded while the network computes. Each walk over the dataset is the next epoch, in its own order. A picture
 * has at most 100 MB and 100 million pixels (50 million in a progressive JPEG or a WebP).
 * ```ts
 * const dataset = await utils.imageDatasetFromDirectory('train', { imageSize: [180, 180], seed: 1 });
 * for await (const { xs, ys } of dataset) {
 *   console.log(xs.shape, ys.shape); // [32, 180, 180, 3] [32, 1]
 *   tf.dispose([xs, ys]);
 * }
 * await model.fitDataset(dataset, { epochs: 10 });
 *
 * const [training, validation] = await utils.imageDatasetFromDirectory('mine', {
 *   imageSize: [180, 180], validationSplit: 0.2, subset: 'both', stratified: true, seed: 1,
 * });
 * ```
 * Mirrors keras.utils.image_dataset_from_directory, except that 'int' labels have shape [batch, 1], since tfjs's
 * `fitDataset` adds no axis to them; that `.webp` files are pictures; and that a class without pictures is an error.
 * @throws where an option is unknown or contradicts another; where the folder is missing or empty, or the classes do not fit
 * the labels; where a folder can't be read or something with a picture's name is no file, naming it. Walking throws where a
 * file cannot be decoded or is too large, naming it, and after an interrupt.
 */
export async function imageDatasetFromDirectory(
  directory: string,
  args: ImageDatasetArgs & ({ labels: null } | { labelMode: null }) & { subset: 'both' },
): Promise<[training: ImageDataset<tf.Tensor4D>, validation: ImageDataset<tf.Tensor4D>]>;
export async function imageDatasetFromDirectory(
  directory: string,
  args: ImageDatasetArgs & ({ labels: null } | { labelMode: null }) & { subset?: Exclude<Subset, 'both'> },
): Promise<ImageDataset<tf.Tensor4D>>;
export async function imageDatasetFromDirectory(
  directory: string,
  args: ImageDatasetArgs & { labels?: 'inferred' | readonly number[]; labelMode?: Exclude<LabelMode, null> } & {
    subset: 'both';
  },
): Promise<[training: ImageDataset<LabelledBatch>, validation: ImageDataset<LabelledBatch>]>;
export async function imageDatasetFromDirectory(
  directory: string,
  args?: ImageDatasetArgs & { labels?: 'inferred' | readonly number[]; labelMode?: Exclude<LabelMode, null> } & {
    subset?: Exclude<Subset, 'both'>;
  },
): Promise<ImageDataset<LabelledBatch>>;
export async function imageDatasetFromDirectory(
  directory: string,
  args: ImageDatasetArgs = {},
): Promise<ImageDataset<tf.Tensor4D | LabelledBatch> | ImageDataset<tf.Tensor4D | LabelledBatch>[]> {
  checkOptions('imageDatasetFromDirectory', args, OPTIONS);
  checkArgs(args);
  const decoding = decodingOf(args.imageSize ?? [256, 256], args);
  const { batchSize = 32, shuffle: shuffled = true, labelMode: given = 'int' } = args;
  const { validationSplit, subset } = args;
  const labelMode = args.labels === null ? null : given;
  const files = await imageFiles(directory, labelMode, { ...args, webp: channelsOf(decoding) > 1 && decodesWebp() });
  const { filePaths, classNames, skipped } = files;
  console.log(
    `Found ${filePaths.length} files${labelMode === null ? '' : ` belonging to ${classNames.length} classes`}.`,
  );
  if (skipped.length > 0) console.log(skippedText(skipped));
  const whole: DatasetArgs = {
    directory,
    files,
    labelMode,
    decoding,
    batchSize,
    shuffled,
    seed: args.seed,
  };
  if (validationSplit === undefined) return datasetOf(whole);

  const { seed = 0, stratified = false } = args;
  const divided = dividedPlaces(labelMode === null ? filePaths : files.labels, {
    ...{ validationSplit, stratified },
    seed: shuffled ? seed : undefined,
  });
  const part = (name: Exclude<Subset, 'both'>) => {
    const places = divided[name];
    console.log(`Using ${places.length} files for ${name}.`);
    return { ...whole, files: filesAt(places, files) };
  };
  if (subset !== 'both') return datasetOf(part(subset === 'training' ? 'training' : 'validation'));
  return [datasetOf(part('training')), datasetOf({ ...part('validation'), shuffled: false })];
}

/** The files at these places. */
function filesAt(places: number[], { filePaths, labels, classNames, skipped }: ImageFiles): ImageFiles {
  return {
    filePaths: places.map((place) => filePaths[place]!),
    labels: labels.length > 0 ? places.map((place) => labels[place]!) : [],
    classNames,
    skipped,
  };
}

/** What a dataset is made of. */
interface DatasetArgs {
  directory: string;
  files: ImageFiles;
  labelMode: LabelMode;
  decoding: Decoding;
  batchSize: number;
  shuffled: boolean;
  seed: number | undefined;
}

function datasetOf(args: DatasetArgs): ImageDataset<tf.Tensor4D | LabelledBatch> {
  const { directory, files, labelMode, decoding, batchSize, shuffled, seed } = args;
  const { filePaths, classNames } = files;
  const inOrder = [...filePaths.keys()];
  const random = randomGenerator(seed ?? Math.floor(Math.random() * 1e6));
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
    imageSize: decoding.imageSize,
    channels: channelsOf(decoding),
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
    labels: () => labelsOf([...files.filePaths.keys()], files, labelMode),
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

/** @throws Error naming an argument that is none of those that it may be, or that contradicts another. */
function checkArgs(args: ImageDatasetArgs): void {
  const { batchSize = 32, labelMode = 'int', labels = 'inferred', classNames } = args;
  if (!(Number.isInteger(batchSize) && batchSize > 0))
    throw new Error(`Expected batchSize to be a positive integer. Received: ${batchSize}.`);
  if (!['int', 'binary', 'categorical', null].includes(labelMode)) {
    throw new Error(`Expected labelMode to be 'int', 'binary', 'categorical' or null. Received: ${labelMode}.`);
  }
  if (labels !== 'inferred' && labels !== null && !(Array.isArray(labels) && labels.every(Number.isInteger))) {
    throw new Error(
      `Expected labels to be 'inferred', null or a whole number for each picture. Received: ${JSON.stringify(labels)}.`,
    );
  }
  if (classNames !== undefined && (labels !== 'inferred' || labelMode === null)) {
    throw new Error(
      "Expected classNames with labels that are 'inferred' from folders. Received: classNames with " +
        `${labelMode === null ? 'labelMode null' : 'other labels'}. Leave one of them out.`,
    );
  }
  if (classNames !== undefined && (!Array.isArray(classNames) || classNames.length === 0)) {
    throw new Error(`Expected classNames to be a list of folders. Received: ${JSON.stringify(classNames)}.`);
  }
  checkSplit(args);
}

function checkSplit({
  validationSplit,
  subset,
  stratified,
  shuffle: shuffled = true,
  seed,
  ...args
}: ImageDatasetArgs): void {
  if (subset !== undefined && !['training', 'validation', 'both'].includes(subset)) {
    throw new Error(`Expected subset to be 'training', 'validation' or 'both'. Received: ${subset}.`);
  }
  if (validationSplit === undefined && subset === undefined && !stratified) return;
  if (validationSplit === undefined || subset === undefined) {
    throw new Error(
      `Expected validationSplit and subset together. Received: validationSplit=${validationSplit}, subset=${subset}. ` +
        "Pass both, such as validationSplit: 0.2, subset: 'both'.",
    );
  }
  if (!(validationSplit > 0 && validationSplit < 1)) {
    throw new Error(`Expected validationSplit to be between 0 and 1. Received: ${validationSplit}.`);
  }
  if (stratified && (args.labels === null || args.labelMode === null)) {
    throw new Error('Expected labels, by which pictures are stratified. Received: stratified without labels.');
  }
  if (shuffled && !(Number.isInteger(seed) && seed! >= 0 && seed! < 2 ** 32)) {
    throw new Error(
      'Expected a seed from 0 to 4294967295 with validationSplit, so that no picture is in both subsets. ' +
        `Received: ${seed}. Pass one, such as seed: 1, or shuffle: false.`,
    );
  }
}
