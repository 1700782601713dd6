import * as tf from '../../tf';
import { setOuterModel, twinOf } from '../../tfjs/sequential_twin';
import { compiledWeights, setCompiledWeights } from '../../tfjs/trainable';
import type { ImageDataset, LabelledBatch } from '../../utils/image_dataset';
import { randomGenerator, shuffle } from '../../utils/random';
import { type FeatureDataset, featureDataset } from './feature_dataset';
import type { FeatureDtype } from './feature_dtype';
import { type CutKeys, cutKeys } from './feature_keys';
import { checkShard, type Shard } from './feature_part';
import { ModelSteps, type Segment } from './model_steps';
import { PICTURES_AT_A_TIME, type Pictures, StoredFeatures } from './stored_features';

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

  /** @throws Error when `variants` is no positive integer or `dtype` neither 'float32' nor 'bfloat16'. */
  constructor({ variants = 5, seed = 0, cuts = [], dtype = 'float32', enabled = true }: FeatureBankArgs) {
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
   * @throws Error when the model isn't compiled or begins with a layer that trains, when an augmentation layer has no
   *   seed, when the dtype is too coarse for it, or when the bank finds no room on the disk.
   */
  async fit(
    model: tf.LayersModel,
    dataset: ImageDataset<LabelledBatch>,
    { epochs, validationData, callbacks = [] }: FeatureBankFitArgs,
  ): Promise<tf.History> {
    const counter = new EpochCounter(model);
    // First, so that it knows the epoch, and last, so that it hears of a stop.
    const args = { epochs, verbose: 0, callbacks: [counter, callbacks, counter].flat() };
    if (!this.enabled) return model.fitDataset(dataset, { ...args, ...(validationData && { validationData }) });
    checkCompiled(model);
    const steps = new ModelSteps(model);
    const keys = cutKeys(steps);
    const stored = this.stored(steps, keys, dataset);
    const variants = steps.augmentations > 0 ? [...Array(this.variants).keys()] : [undefined];
    const files = await stored.files(variants);
    const validationFiles =
      validationData && (await this.stored(steps, keys, validationData).files([undefined], files));
    const random = randomGenerator(this.seed);
    const firstVariants = dataset.filePaths.map(() => Math.floor(random() * variants.length));
    const rest = compiledRest(model, steps, stored);
    const opened: FeatureDataset[] = [];
    try {
      const training = await featureDataset(files, dataset, this.seed, (places) => ({
        order: dataset.shuffled ? shuffle(places, randomGenerator(this.seed + 1e6 * (counter.epoch + 1))) : places,
        variantOf: (place) => (firstVariants[place]! + counter.epoch) % variants.length,
      }));
      opened.push(training);
      if (validationData && validationFiles) {
        const validation = await featureDataset(validationFiles, validationData, this.seed);
        opened.push(validation);
        Object.assign(args, { validationData: validation.features });
      }
      return await rest.model.fitDataset(training.features, args);
    } finally {
      model.history = rest.model.history;
      for (const { close } of opened) await close();
      rest.release();
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
    const files = await stored.files();
    const rest = compiledRest(model, steps, stored);
    try {
      const { features, close } = await featureDataset(files, dataset, this.seed);
      return numbers(await rest.model.evaluateDataset(features, {}).finally(close));
    } finally {
      rest.release();
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
    const [file] = await stored.files();
    if (stored.last === steps.end) return predictAll(stored.read(file!));
    const rest = steps.segment(stored.last, steps.end, stored.shape);
    return predictAll(stored.read(file!), rest.model).finally(rest.release);
  }

  /**
   * Computes and keeps what the frozen layers that `model` begins with give for the pictures of `dataset` as they are,
   * never augmented, where it isn't kept yet. A later `fit`, `evaluate` or `predict` on the same frozen layers finds it; what
   * a shard leaves, once `merge` has joined it. A bank that isn't enabled keeps nothing.
   *
   * @returns Whether there was anything to compute.
   * @throws Error as `predict` does, or when `shard` isn't [i, n] with 1 ≤ i ≤ n.
   */
  async extract(model: tf.LayersModel, dataset: Pictures, { shard }: FeatureBankExtractArgs = {}): Promise<boolean> {
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
      throw new Error(
        'The feature bank keeps what the frozen layers give that a model begins with, after its augmentation. Freeze the ' +
          'base (convBase.trainable = false) and put random layers before everything else, or train without the bank: ' +
          `featureBank({ enabled: false }). Received: a model that changes in training from layer '${steps.changing}' on`,
      );
    }
    return new StoredFeatures(steps, dataset, kept, this.cuts, this.dtype, shard);
  }
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

/** The inputs, or what `model` makes of them, one below the other. */
async function predictAll(inputs: AsyncIterable<tf.Tensor>, model?: tf.LayersModel): Promise<tf.Tensor> {
  const outputs: tf.Tensor[] = [];
  for await (const x of inputs) {
    outputs.push(model ? (model.predict(x, { batchSize: PICTURES_AT_A_TIME }) as tf.Tensor) : x);
    if (model) x.dispose();
  }
  const all = tf.concat(outputs);
  tf.dispose(outputs);
  return all;
}

/**
 * A bank that keeps what the frozen layers of a model give, on disk, so that they compute once for each picture and not
 * once an epoch: exactly so for pictures as they are, and for `variants` augmented variants of each training picture.
 * Later trainings with the same frozen layers find it there.
 *
 * @throws Error when `variants` is no positive integer or `dtype` neither 'float32' nor 'bfloat16'.
 * @example
 * const bank = models.featureBank({ variants: 5, seed: 1 });
 * await bank.fit(model, trainDataset, { epochs: 50, validationData: validationDataset });
 * const [loss, accuracy] = await bank.evaluate(model, testDataset);
 */
export function featureBank(args: FeatureBankArgs = {}): FeatureBank {
  return new FeatureBank(args);
}
