import { setImmediate } from 'node:timers/promises';
import * as tf from '../tf';
import { InterruptedError, watchInterrupts } from '../tfjs/interrupts';
import { setLearningRate } from '../tfjs/optimizers/learning_rate';
import { withOptimizerCopy } from '../tfjs/optimizers/with_copy';
import { whileTraining } from '../tfjs/while_training';
import { checkOptions } from './check_options';
import { randomGenerator, shuffle } from './random';
import { randomState, setRandomSeed } from './set_random_seed';

/**
 * How much of the smoothed loss stays at each step, and at how many times the least one the search ends. fastai keeps 0.98, which in
 * a hundred steps lags so far behind that rates come out ten times too high.
 */
const [SMOOTHING, EXPLODED] = [0.9, 4];

/** The arguments of `learningRateFinder`. */
export interface LearningRateFinderArgs {
  /** The first rate. Defaults to 1e-7. */
  startRate?: number;
  /** The last one. Defaults to 10. */
  endRate?: number;
  /** How many steps from the first to the last, each multiplying the rate by the same. Defaults to 100. */
  steps?: number;
  /** Samples in a step, of tensors. Defaults to 32. */
  batchSize?: number;
  /** Where the order of the samples comes from, of tensors. Defaults to 0. */
  seed?: number;
}

/** What `learningRateFinder` finds. */
export interface LearningRates {
  /** The rate of each step that was taken. */
  rates: number[];
  /** The loss of each step's samples, before the step. */
  losses: number[];
  /** The same smoothed: an exponential moving average, corrected for its beginning. */
  smoothedLosses: number[];
  /** A tenth of the rate at which the smoothed loss is least; undefined where it never fell. */
  suggestion: number | undefined;
}

/** A step's samples and labels. */
export type StepBatch = {
  /** The samples, as the model takes them. */
  xs: tf.TensorContainer;
  /** Their labels, as its loss takes them. */
  ys: tf.TensorContainer;
};

/** The samples in batches, each pass in another order, for ever. */
async function* tensorBatches(
  xs: tf.Tensor,
  ys: tf.Tensor,
  batchSize: number,
  seed: number,
): AsyncGenerator<StepBatch> {
  const random = randomGenerator(seed);
  for (;;) {
    const order = shuffle([...Array(xs.shape[0]!).keys()], random);
    for (let start = 0; start < order.length; start += batchSize) {
      const places = tf.tensor1d(order.slice(start, start + batchSize), 'int32');
      const batch = { xs: tf.gather(xs, places), ys: tf.gather(ys, places) };
      places.dispose();
      yield batch;
    }
  }
}

/** The batches of a dataset, one walk after another, for ever. */
async function* datasetBatches(dataset: tf.data.Dataset<StepBatch>): AsyncGenerator<StepBatch> {
  for (;;) {
    let empty = true;
    for await (const batch of walk(dataset)) {
      empty = false;
      yield batch;
    }
    if (empty) throw new Error('Expected a dataset with batches for learningRateFinder. Received: an empty one');
  }
}

/** One walk over a dataset. Thaw's own closes its files when the walk ends early. */
async function* walk(dataset: tf.data.Dataset<StepBatch>): AsyncGenerator<StepBatch> {
  if (Symbol.asyncIterator in dataset) return yield* dataset as AsyncIterable<StepBatch>;
  const iterator = await dataset.iterator();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

/**
 * Looks for a good learning rate: trains for some steps, from a rate that is too low to one that is too high, and writes down the
 * loss at each. Where it falls, the rate is good; where it rises, too high. It stops when the loss explodes. The model's
 * weights are afterwards what they were, its optimizer and the order of random numbers untouched: a training that follows
 * doesn't notice. (A shuffled dataset goes on to its next order, and layers that augment to their next draw.)
 *
 * Source: Smith, Cyclical Learning Rates for Training Neural Networks (2015); `lr_find` of fastai, with its `minimum`.
 *
 * @param model Compiled. Its optimizer's own rate doesn't matter.
 * @param data Samples and labels as two tensors, or a dataset of batches { xs, ys }.
 * @throws Error when the model isn't compiled or is being trained, when an option is unknown or out of its range, when the loss is no
 *   number from the first step on, and after an interrupt.
 * @example
 * const { suggestion } = await utils.learningRateFinder(head, [features, labels]);
 */
export async function learningRateFinder(
  model: tf.LayersModel,
  data: [samples: tf.Tensor, labels: tf.Tensor] | tf.data.Dataset<StepBatch>,
  args: LearningRateFinderArgs = {},
): Promise<LearningRates> {
  const { startRate, endRate, steps, batchSize, seed } = checked(args);
  if (!model.optimizer) {
    throw new Error(`The model must be compiled first: model.compile(...). Received: '${model.name}'`);
  }
  const batches = Array.isArray(data) ? tensorBatches(...data, batchSize, seed) : datasetBatches(data);
  const rateOf = (step: number) => startRate * (endRate / startRate) ** (step / (steps - 1));
  const before = { weights: model.getWeights().map((weight) => weight.clone()), random: randomState() };
  const interrupts = watchInterrupts();
  const search = async (optimizer: tf.Optimizer) => {
    const found = { rates: [] as number[], losses: [] as number[], smoothedLosses: [] as number[] };
    let average = 0;
    for (let step = 0; step < steps; step++) {
      await setImmediate(); // signals come in between two steps only
      if (interrupts.interrupted()) throw new InterruptedError('Interrupted while looking for a learning rate.');
      setLearningRate(optimizer, rateOf(step));
      const loss = await lossOfStep(model, batches);
      if (!Number.isFinite(loss)) break;
      average = SMOOTHING * average + (1 - SMOOTHING) * loss;
      const smoothed = average / (1 - SMOOTHING ** (step + 1));
      found.rates.push(rateOf(step));
      found.losses.push(loss);
      found.smoothedLosses.push(smoothed);
      if (smoothed > EXPLODED * Math.min(...found.smoothedLosses)) break;
    }
    return found;
  };
  try {
    const found = await whileTraining(model, () => withOptimizerCopy(model, search));
    return { ...found, suggestion: suggestionOf(found) };
  } finally {
    interrupts.release();
    await batches.return(undefined);
    model.setWeights(before.weights);
    tf.dispose(before.weights);
    if (before.random !== undefined) setRandomSeed(before.random);
  }
}

/** Trains on the next batch, and gives the loss before. */
async function lossOfStep(model: tf.LayersModel, batches: AsyncGenerator<StepBatch>): Promise<number> {
  const { value } = (await batches.next()) as { value: StepBatch };
  try {
    const [loss] = [await model.trainOnBatch(value.xs as tf.Tensor, value.ys as tf.Tensor)].flat();
    return loss!;
  } finally {
    tf.dispose(value);
  }
}

function suggestionOf({ rates, smoothedLosses }: Omit<LearningRates, 'suggestion'>): number | undefined {
  if (rates.length === 0) {
    throw new Error(
      'Expected a loss that is a number in the first step of learningRateFinder. Received: none. Look at the data, and at ' +
        'what the model gives for it.',
    );
  }
  const least = smoothedLosses.indexOf(Math.min(...smoothedLosses));
  return least === 0 ? undefined : rates[least]! / 10;
}

function checked(args: LearningRateFinderArgs): Required<LearningRateFinderArgs> {
  checkOptions('learningRateFinder', args, {
    startRate: true,
    endRate: true,
    steps: true,
    batchSize: true,
    seed: true,
  });
  const { startRate = 1e-7, endRate = 10, steps = 100, batchSize = 32, seed = 0 } = args;
  if (!(startRate > 0 && endRate > startRate && endRate < Infinity)) {
    throw new Error(`Expected rates above 0, endRate the higher one. Received: ${startRate} to ${endRate}`);
  }
  for (const [name, value, least] of [
    ['steps', steps, 2],
    ['batchSize', batchSize, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new Error(`Expected ${name} to be a whole number, at least ${least}. Received: ${name}=${value}`);
    }
  }
  return { startRate, endRate, steps, batchSize, seed };
}
