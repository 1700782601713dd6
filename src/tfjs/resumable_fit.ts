import { patch, type Reason } from './patch';
import * as tf from './raw';

/** What a callback that goes on with a training needs to know of the arguments of `fit` and `fitDataset`. */
export type FitArgs = Pick<tf.ModelFitArgs, 'callbacks' | 'initialEpoch'>;

/** What there is to know of a training besides its model. */
export interface Training {
  /** What tells it from others. */
  settings: unknown;
  /** Whether tfjs shuffles the samples. */
  shuffles: boolean;
  /** What is walked anew in each epoch. */
  datasets: { iterator(): Promise<unknown> }[];
}

/** A callback that knows from which epoch a training goes on, such as `BackupAndRestore`. */
interface ResumingCallback {
  /** Trains `model` by `fit`, tfjs's own, which gets the arguments and how many epochs are over. */
  resume<Args extends FitArgs>(
    model: tf.LayersModel,
    args: Args,
    training: Training,
    fit: (args: Args, finished: number) => Promise<tf.History>,
  ): Promise<tf.History>;
}

/** tfjs takes callbacks of one kind only: where one is of a class, all are such objects. */
export function callbacksOf({ callbacks = [] }: FitArgs): tf.CallbackList['callbacks'] {
  return [callbacks].flat() as tf.CallbackList['callbacks'];
}

function resumingCallback(model: tf.LayersModel, args: FitArgs): ResumingCallback | undefined {
  const isResuming = (callback: object): callback is ResumingCallback => 'resume' in callback;
  // Without an optimizer tfjs says that the model isn't compiled.
  return model.optimizer && (callbacksOf(args) as object[]).find(isResuming);
}

/** Lets every training look for its backup: the epoch to begin with must be known before any callback is asked. */
export function resumableFit(reason: Reason): void {
  const { prototype } = tf.LayersModel;
  patch(
    prototype,
    'fit',
    (fit) =>
      async function (this: tf.LayersModel, x, y, args = {}) {
        const { batchSize, shuffle = true, validationSplit, classWeight, sampleWeight } = args;
        const weights = [classWeight, Boolean(sampleWeight)];
        const settings = [batchSize, shuffle, validationSplit, ...weights, x instanceof tf.Tensor && x.shape];
        const train = (resumed: tf.ModelFitArgs) => fit.call(this, x, y, resumed);
        const training = { settings, shuffles: Boolean(shuffle), datasets: [] };
        return resumingCallback(this, args)?.resume(this, args, training, train) ?? train(args);
      },
    reason,
  );
  type FitDataset = typeof prototype.fitDataset;
  const resumable = (fitDataset: FitDataset): FitDataset =>
    async function (this: tf.LayersModel, dataset, args) {
      const { batchesPerEpoch, classWeight, validationData } = args;
      // A dataset of the feature bank tells what is in it.
      const settings = [batchesPerEpoch, classWeight, dataset.size, 'contents' in dataset && dataset.contents];
      // With `batchesPerEpoch` one walk serves all epochs.
      const validation = validationData instanceof tf.data.Dataset ? validationData : [];
      const datasets = [batchesPerEpoch ? [] : dataset, validation].flat();
      const train = (resumed: typeof args, finished = 0) => {
        const skipped = finished * (batchesPerEpoch ?? 0);
        const rest = skipped > 0 && dataset instanceof tf.data.Dataset ? dataset.skip(skipped) : dataset;
        return fitDataset.call(this, rest, resumed);
      };
      const training = { settings, shuffles: false, datasets };
      return resumingCallback(this, args)?.resume(this, args, training, train) ?? train(args);
    };
  patch(prototype, 'fitDataset', resumable, reason);
}
