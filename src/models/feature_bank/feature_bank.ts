import * as tf from '../../tf';
import { setOuterModel, twinOf } from '../../tfjs/sequential_twin';
import { compiledWeights, setCompiledWeights } from '../../tfjs/trainable';
import { whileTraining } from '../../tfjs/while_training';
import { checkOptions } from '../../utils/check_options';
import type { ImageDataset, LabelledBatch } from '../../utils/image_dataset';
import { randomGenerator, shuffle } from '../../utils/random';
import { featureDataset } from './feature_dataset';
import type { FeatureDtype } from './feature_dtype';
import { type CutKeys, cutKeys } from './feature_keys';
import { checkShard, type Shard } from './feature_part';
import { PICTURES_AT_A_TIME, type Pictures } from './frozen_part';
import { ModelSteps, type Segment, WEIGHTS_WORTH_KEEPING } from './model_steps';
import { batches, type OpenFeatures, readBatch } from './open_features';
import { StoredFeatures } from './stored_features';

/** The arguments of `featureBank`. */
export interface FeatureBankArgs {
  /**
   * How many augmented variants of each training picture are kept; each epoch shows the next. As many as epochs: what
   * training without the bank does, at a price on the disk (see THAW_BANK_GB). Defaults to 5.
   */
  variants?: number;
  /** Where the order of the pictures and of their variants comes from. Defaults to 0. */
  seed?: number;
  /**
   * Names of layers after which a later training thaws: what that one will need is kept too, whenever the output of the
   * last frozen layer is computed. Where a layer lies on a branch, that is what comes out before the branches part.
   * Defaults to none.
   */
  cuts?: string[];
  /**
   * What the frozen layers compute in, and what is kept. 'bfloat16' has about three significant digits; it takes half the
   * room on the disk and, on processors with instructions for it (AVX-512 BF16, AMX), about half the time. What trains
   * computes in float32. Not for networks with BatchNormalization. Defaults to 'float32'.
   */
  dtype?: FeatureDtype;
  /** Whether to use the bank at all; false: `fitDataset`, `evaluateDataset` and `predict` of the model. Defaults to true. */
  enabled?: boolean;
}

/** The arguments of a feature bank's `fit`, as those of tfjs's `fitDataset`. */
export interface FeatureBankFitArgs {
  /** How many times to go through the pictures. */
  epochs: number;
  /** Pictures on which loss and metrics are computed after each epoch. Defaults to none. */
  validationData?: ImageDataset<LabelledBatch>;
  /** Defaults to none. */
  callbacks?: tf.Callback | tf.Callback[];
  /** How much the loss of a picture of each class counts, such as `{ 0: 1, 1: 2.5 }`. Defaults to 1 for each. */
  classWeight?: tf.ModelFitArgs['classWeight'];
}

/** What `featuresAndLabels` gives. */
export interface FeaturesAndLabels {
  /** [pictures, ...], as the model gives them. */
  features: tf.Tensor;
  /** As the dataset's `labelMode` says. */
  labels: tf.Tensor2D;
}

/** The arguments of a feature bank's `extract`. */
export interface FeatureBankExtractArgs {
  /**
   * `[i, n]`: only the i-th, from 1, of n near-equal ranges of the pictures, in the order of `filePaths`, so that n processes
   * or machines can share the work. The ranges consist of whole batches. Defaults to all pictures.
   */
  shard?: Shard;
}

/** Knows which epoch it is, in a training that was interrupted, too; stops where the user's model is to stop. */
class EpochCounter extends tf.Callback {
  epoch = 0;

  constructor(private readonly outer: tf.LayersModel) {
    super();
    outer.stopTraining = false;
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
  }

  override async onEpochEnd(): Promise<void> {
    if (this.outer.stopTraining) this.model.stopTraining = true;
  }
}

/** Trains, evaluates and predicts, computing what is frozen in a model once for each picture. */
export class FeatureBank {
  private readonly variants: number;
  private readonly seed: number;
  private readonly cuts: string[];
  private readonly dtype: FeatureDtype;
  private readonly enabled: boolean;

  /** @throws Error when an option is unknown, `variants` no positive integer or `dtype` neither 'float32' nor 'bfloat16'. */
  constructor(args: FeatureBankArgs) {
    checkOptions('featureBank', args, { variants: true, seed: true, cuts: true, dtype: true, enabled: true });
    const { variants = 5, seed = 0, cuts = [], dtype = 'float32', enabled = true } = args;
    if (!Number.isInteger(variants) || variants < 1) {
      throw new Error(`Expected variants to be a positive integer. Received: variants=${variants}`);
    }
    if (!['float32', 'bfloat16'].includes(dtype)) {
      throw new Error(`Expected dtype to be 'float32' or 'bfloat16'. Received: dtype=${dtype}`);
    }
    this.variants = variants;
    this.seed = seed;
    this.cuts = cuts;
    this.dtype = dtype;
    this.enabled = enabled;
  }

  /**
   * Trains `model` on the pictures of `dataset`: each epoch on another variant of each picture, in another order where
   * the dataset shuffles. The callbacks' `this.model` is the part of it that is not kept. Mirrors `keras.Model.fit`, but
   * that a Dropout in the frozen base, as EfficientNet has them, drops nothing.
   *
   * @throws Error when an option is unknown, when the model isn't compiled, is being trained already or begins with a layer
   *   that trains, when an augmentation layer has no seed, when the dtype is too coarse for it, or when the bank finds no
   *   room on the disk.
   */
  async fit(
    model: tf.LayersModel,
    dataset: ImageDataset<LabelledBatch>,
    args: FeatureBankFitArgs,
  ): Promise<tf.History> {
    checkOptions("a feature bank's fit", args, {
      epochs: true,
      validationData: true,
      callbacks: true,
      classWeight: true,
    });
    const { epochs, validationData, callbacks = [], classWeight } = args;
    const counter = new EpochCounter(model);
    // First, so that it knows the epoch, and last, so that it hears of a stop.
    const fitArgs = {
      epochs,
      verbose: 0,
      callbacks: [counter, callbacks, counter].flat(),
      ...(classWeight && { classWeight }),
    };
    if (!this.enabled) return model.fitDataset(dataset, { ...fitArgs, ...(validationData && { validationData }) });
    checkCompiled(model);
    return whileTraining(model, () => this.train(model, dataset, counter, fitArgs, validationData));
  }

  private async train(
    model: tf.LayersModel,
    dataset: ImageDataset<LabelledBatch>,
    counter: EpochCounter,
    fitArgs: Omit<FeatureBankFitArgs, 'validationData'>,
    validationData?: ImageDataset<LabelledBatch>,
  ): Promise<tf.History> {
    const steps = new ModelSteps(model);
    const keys = cutKeys(steps);
    const stored = this.stored(steps, keys, dataset);
    const variants = steps.augmentations > 0 ? [...Array(this.variants).keys()] : [undefined];
    const closing: (() => Promise<void>)[] = [];
    const open = async (features: StoredFeatures, which?: (number | undefined)[]) => {
      const opened = await features.open(which);
      closing.push(opened.close);
      return opened;
    };
    const read = (...args: Parameters<typeof featureDataset>) => {
      const { features, close } = featureDataset(...args);
      closing.push(close);
      return features;
    };
    try {
      const kept = await open(stored, variants);
      const keptForValidation = validationData && (await open(this.stored(steps, keys, validationData)));
      const random = randomGenerator(this.seed);
      const firstVariants = dataset.filePaths.map(() => Math.floor(random() * variants.length));
      const training = read(kept, dataset, this.seed, (places) => ({
        order: dataset.shuffled ? shuffle(places, randomGenerator(this.seed + 1e6 * (counter.epoch + 1))) : places,
        variantOf: (place) => (firstVariants[place]! + counter.epoch) % variants.length,
      }));
      if (validationData && keptForValidation) {
        Object.assign(fitArgs, { validationData: read(keptForValidation, validationData, this.seed) });
      }
      const rest = compiledRest(model, steps, stored);
      try {
        return await rest.model.fitDataset(training, fitArgs);
      } finally {
        model.history = rest.model.history;
        rest.release();
      }
    } finally {
      for (const close of closing.reverse()) await close();
    }
  }

  /**
   * The loss and the metrics of `model` on the pictures of `dataset`. Mirrors `keras.Model.evaluate`.
   *
   * @throws Error as `fit` does.
   */
  async evaluate(model: tf.LayersModel, dataset: ImageDataset<LabelledBatch>): Promise<number[]> {
    if (!this.enabled) return numbers(await model.evaluateDataset(dataset, {}));
    checkCompiled(model);
    const steps = new ModelSteps(model);
    const stored = this.stored(steps, cutKeys(steps), dataset);
    const kept = await stored.open();
    const { features, close } = featureDataset(kept, dataset, this.seed);
    try {
      const rest = compiledRest(model, steps, stored);
      return numbers(await rest.model.evaluateDataset(features, {}).finally(rest.release));
    } finally {
      await close();
      await kept.close();
    }
  }

  /**
   * What `model` gives for the pictures of `dataset`, in the order of its `filePaths`: [pictures, ...]. Whoever asks
   * disposes of it. Where all of the model is frozen, it is only read. Mirrors `keras.Model.predict`.
   *
   * @throws Error as `fit` does, but also predicts with a model that isn't compiled.
   */
  async predict(model: tf.LayersModel, dataset: Pictures): Promise<tf.Tensor> {
    if (!this.enabled) return predictAll(dataset.inOrder(), model);
    const steps = new ModelSteps(model);
    const stored = this.stored(steps, cutKeys(steps), dataset, steps.end);
    const kept = await stored.open();
    try {
      const inputs = inOrder(kept, dataset.filePaths.length);
      if (stored.last === steps.end) return await predictAll(inputs);
      const rest = steps.segment(stored.last, steps.end, stored.shape);
      return await predictAll(inputs, rest.model).finally(rest.release);
    } finally {
      await kept.close();
    }
  }

  /**
   * What `model` gives for the pictures of `dataset`, as `predict` does, with their labels, both in the order of its
   * `filePaths`: what a head is trained on. Whoever asks disposes of both.
   *
   * @throws Error as `predict` does, or where there are no labels.
   */
  async featuresAndLabels(model: tf.LayersModel, dataset: ImageDataset<LabelledBatch>): Promise<FeaturesAndLabels> {
    return { features: await this.predict(model, dataset), labels: dataset.labels() };
  }

  /**
   * Computes and keeps what the frozen layers that `model` begins with give for the pictures of `dataset` as they are,
   * never augmented, where it isn't kept yet. A later `fit`, `evaluate` or `predict` on the same frozen layers finds it; what
   * a shard leaves, once `merge` has joined it. A bank that isn't enabled keeps nothing.
   *
   * @returns Whether there was anything to compute.
   * @throws Error as `predict` does, when an option is unknown, or when `shard` isn't [i, n] with 1 ≤ i ≤ n.
   */
  async extract(model: tf.LayersModel, dataset: Pictures, args: FeatureBankExtractArgs = {}): Promise<boolean> {
    checkOptions("a feature bank's extract", args, { shard: true });
    const { shard } = args;
    if (shard) checkShard(shard);
    if (!this.enabled) return false;
    const steps = new ModelSteps(model);
    return this.stored(steps, cutKeys(steps), dataset, steps.end, shard).extract();
  }

  /**
   * Joins what `extract` kept for n shards of the pictures of `dataset`, in batches of the same size, and removes the parts.
   *
   * @returns Whether there was anything to join.
   * @throws MissingShardsError that names the shards of which a part is missing or cut short; Error as `predict` does, or
   *   when n is no positive integer.
   */
  async merge(model: tf.LayersModel, dataset: Pictures, n: number): Promise<boolean> {
    checkShard([1, n]);
    if (!this.enabled) return false;
    const steps = new ModelSteps(model);
    return this.stored(steps, cutKeys(steps), dataset, steps.end).merge(n);
  }

  /** What is kept for the pictures of a dataset: up to the last cut before the place `end`. */
  private stored(
    steps: ModelSteps,
    keys: CutKeys,
    dataset: Pictures,
    end = steps.end - 1,
    shard?: Shard,
  ): StoredFeatures {
    const kept = new Map([...keys].filter(([cut]) => cut <= end));
    if (kept.size === 0) {
      throw new Error(nothingToKeep(steps));
    }
    return new StoredFeatures(steps, dataset, kept, this.cuts, this.dtype, shard);
  }
}

/** Why nothing can be kept for a model, and what to do. */
function nothingToKeep({ changing, frozenWeights }: ModelSteps): string {
  const without = 'train without the bank: featureBank({ enabled: false })';
  if (frozenWeights === 0) {
    return (
      'The feature bank keeps what the frozen layers give that a model begins with, after its augmentation. Freeze the ' +
      `base (convBase.trainable = false) and put random layers before everything else, or ${without}. Received: a ` +
      `model that changes in training from layer '${changing}' on`
    );
  }
  const before = changing ? `before layer '${changing}'` : 'before its last layer';
  if (frozenWeights < WEIGHTS_WORTH_KEEPING) {
    return (
      `The feature bank keeps what frozen layers of ${WEIGHTS_WORTH_KEEPING} weights or more give: what fewer give is ` +
      `quicker to compute again than to read. So ${without}. Received: a model with ${frozenWeights} frozen weights ${before}`
    );
  }
  return (
    'The feature bank needs a frozen layer after which no other looks back to what is before it. Thaw the model from ' +
    `such a layer on, or ${without}. Received: a model without one ${before}`
  );
}

function checkCompiled({ optimizer, name }: tf.LayersModel): void {
  if (!optimizer) throw new Error(`The model must be compiled first: model.compile(...). Received: '${name}'`);
}

/** The part of a model after what is kept, compiled as the model is: it trains the model's own layers. */
function compiledRest(model: tf.LayersModel, steps: ModelSteps, stored: StoredFeatures): Segment {
  const { optimizer, loss, metrics } = model;
  const rest = steps.segment(stored.last, steps.end, stored.shape);
  try {
    rest.model.compile({ optimizer, loss, metrics });
  } catch (error) {
    rest.release();
    throw error;
  }
  // What trains was settled when the model was compiled, not now.
  const compiled = new Set(compiledWeights(twinOf(model)));
  setCompiledWeights(
    rest.model,
    compiledWeights(rest.model).filter((weight) => compiled.has(weight)),
  );
  setOuterModel(rest.model, model);
  return rest;
}

function numbers(scalars: tf.Scalar | tf.Scalar[]): number[] {
  const values = [scalars].flat().map((scalar) => scalar.dataSync()[0]!);
  tf.dispose(scalars);
  return values;
}

/** What is kept for the pictures, in order, in batches. */
async function* inOrder({ readers, shape }: OpenFeatures, pictures: number): AsyncGenerator<tf.Tensor, void, void> {
  for (const places of batches(pictures, PICTURES_AT_A_TIME)) yield await readBatch(places, shape, () => readers[0]!);
}

/** The inputs, or what `model` makes of them, one below the other. */
async function predictAll(inputs: AsyncIterable<tf.Tensor>, model?: tf.LayersModel): Promise<tf.Tensor> {
  const outputs: tf.Tensor[] = [];
  try {
    for await (const x of inputs) {
      if (!model) {
        outputs.push(x);
        continue;
      }
      try {
        outputs.push(model.predict(x, { batchSize: PICTURES_AT_A_TIME }) as tf.Tensor);
      } finally {
        x.dispose();
      }
    }
    return tf.concat(outputs);
  } finally {
    tf.dispose(outputs);
  }
}

/**
 * A bank that keeps what the frozen layers of a model give, on disk, so that they compute once for each picture and not
 * once an epoch: exactly so for pictures as they are, and for `variants` augmented variants of each training picture.
 * Later trainings with the same frozen layers find it there.
 *
 * @throws Error when an option is unknown, `variants` no positive integer or `dtype` neither 'float32' nor 'bfloat16'.
 * @example
 * const bank = models.featureBank({ variants: 5, seed: 1 });
 * await bank.fit(model, trainDataset, { epochs: 50, validationData: validationDataset });
 * const [loss, accuracy] = await bank.evaluate(model, testDataset);
 */
export function featureBank(args: FeatureBankArgs = {}): FeatureBank {
  return new FeatureBank(args);
}
