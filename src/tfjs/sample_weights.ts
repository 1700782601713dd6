import { hidden, patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * Weights of samples and classes in training, as in Keras (`class_weight_to_sample_weights` in
 * keras/src/trainers/data_adapters/data_adapter_utils.py): each sample's loss times its weight, over the number of samples.
 */

type GivenClassWeight = NonNullable<tf.ModelFitArgs['classWeight']>;

/** A weight for each class number. */
type ClassWeight = Record<number, number>;
type Standardized = [xs: tf.Tensor[], ys: tf.Tensor[], weights: (tf.Tensor | null)[] | null];

/** What tfjs hides of `fit`. */
interface Standardizer {
  standardizeUserData(
    this: tf.LayersModel,
    x: unknown,
    y: unknown,
    sampleWeight: tf.Tensor | null | undefined,
    classWeight: GivenClassWeight | null | undefined,
    ...rest: unknown[]
  ): Promise<Standardized>;
}

/** @throws Error when a model has not one output of [batch, n]: what the weights are for would be open. */
function checkOutput({ outputs }: tf.LayersModel, option: string): void {
  const shapes = outputs.map(({ shape }) => `[${shape.map((size) => size ?? 'batch')}]`);
  if (outputs.length === 1 && outputs[0]!.shape.length <= 2) return;
  throw new Error(`Expected a model with one output of [batch, n] for ${option}. Received: ${shapes.join(', ')}.`);
}

/**
 * The weights of a model's classes, such that those which aren't named count once, as in Keras; tfjs would throw at the first
 * sample of such a class.
 *
 * @throws Error when there is a name that is no class number, or a weight that is no number.
 */
function classWeights(model: tf.LayersModel, given: GivenClassWeight): ClassWeight[] {
  checkOutput(model, 'classWeight');
  const own: unknown = [given].flat().length === 1 ? [given].flat()[0] : given;
  const named = Reflect.get(Object(own), model.outputNames[0]!);
  const weights = new Map(Object.entries(Object(named ?? own)));
  for (const [name, weight] of weights) {
    if (!(Number.isInteger(Number(name)) && typeof weight === 'number' && weight >= 0 && weight < Infinity)) {
      throw new Error(
        'Expected classWeight to give a weight of 0 or more for each class number, such as { 0: 1, 1: 2.5 }. Received: ' +
          `${name}: ${weight}`,
      );
    }
  }
  const weightOf = (label: PropertyKey) => weights.get(String(Math.round(Number(label)))) ?? 1;
  return [new Proxy<ClassWeight>({}, { get: (_, label) => weightOf(label) })];
}

/** The arguments of a training with class weights as tfjs takes them, where there are any. */
const withClassWeights = <Args extends { classWeight?: GivenClassWeight }>(model: tf.LayersModel, args: Args): Args =>
  args.classWeight ? { ...args, classWeight: classWeights(model, args.classWeight) } : args;

/** @throws Error when the weights are no tensor of one number for each sample. */
function checkSampleWeight(sampleWeight: unknown, samples: number): asserts sampleWeight is tf.Tensor {
  if (sampleWeight instanceof tf.Tensor && sampleWeight.rank === 1 && sampleWeight.shape[0] === samples) return;
  const received = sampleWeight instanceof tf.Tensor ? `a tensor [${sampleWeight.shape}]` : typeof sampleWeight;
  throw new Error(
    `Expected sampleWeight to be a tensor [${samples}], a number for each sample. Received: ${received}.`,
  );
}

/** Has the training by an option that tfjs would drop, or only half does, fail before it begins. */
function refuse(isThere: boolean, what: string, remedy: string): void {
  if (isThere) throw new Error(`${what} isn't supported. ${remedy}`);
}

/** Lets samples and classes weigh as in Keras, and says where they can't. */
export function kerasSampleWeights(reason: Reason): void {
  const { prototype } = tf.LayersModel;
  patch(
    hidden<Standardizer>(prototype),
    'standardizeUserData',
    (standardize) =>
      async function (x, y, sampleWeight, classWeight, ...rest) {
        const [xs, ys, ofClasses] = await standardize.call(this, x, y, null, classWeight, ...rest);
        if (!sampleWeight) return [xs, ys, ofClasses];
        checkSampleWeight(sampleWeight, xs[0]!.shape[0]!);
        // Another tensor than the user's: tfjs disposes of what it gets.
        return [xs, ys, [sampleWeight.toFloat()]];
      },
    reason,
  );
  patch(
    prototype,
    'fit',
    (fit) =>
      async function (this: tf.LayersModel, x, y, args = {}) {
        const { sampleWeight, classWeight, validationSplit, validationData } = args;
        if (sampleWeight) {
          checkOutput(this, 'sampleWeight');
          refuse(Boolean(classWeight), 'sampleWeight with classWeight', 'Multiply the one by the other.');
          refuse(Boolean(validationSplit), 'sampleWeight with validationSplit', 'Give validationData.');
        }
        const ofValidation = Array.isArray(validationData) && (validationData as unknown[]).length > 2;
        refuse(ofValidation, 'validationData with sample weights', 'Give [xs, ys].');
        return fit.call(this, x, y, withClassWeights(this, args));
      },
    reason,
  );
  type FitDataset = typeof prototype.fitDataset;
  const weighted = (fitDataset: FitDataset): FitDataset =>
    async function (this: tf.LayersModel, dataset, args) {
      const remedy = 'Give classWeight, or tensors and sampleWeight to fit.';
      refuse('sampleWeight' in args, 'sampleWeight in fitDataset', remedy);
      const iterator = async () => {
        const walk = await dataset.iterator();
        const next = async () => {
          const element = await walk.next();
          refuse(Object.hasOwn(Object(element.value), 'sampleWeight'), 'A dataset with sampleWeight', remedy);
          return element;
        };
        return Object.create(walk, { next: { value: next } });
      };
      const checked = Object.create(dataset, { iterator: { value: iterator } });
      return fitDataset.call(this, checked, withClassWeights(this, args));
    };
  patch(prototype, 'fitDataset', weighted, reason);
}
