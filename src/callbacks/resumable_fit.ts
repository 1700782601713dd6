import './interrupt';
import * as tf from '../tf';
import { BackupAndRestore, callbacksOf, type FitArgs } from './backup_and_restore';

function backupOf(model: tf.LayersModel, args: FitArgs): BackupAndRestore | undefined {
  const isBackup = (callback: unknown) => callback instanceof BackupAndRestore;
  // Without an optimizer tfjs says that the model isn't compiled.
  return model.optimizer && callbacksOf(args).find(isBackup);
}

// Importing Thaw lets every model look for its backup: the epoch to begin with must be known before any callback is asked.
const { fit, fitDataset } = tf.LayersModel.prototype;

tf.LayersModel.prototype.fit = async function (this: tf.LayersModel, x, y, args = {}) {
  const { batchSize, shuffle = true, validationSplit, classWeight } = args;
  const settings = [batchSize, shuffle, validationSplit, classWeight, x instanceof tf.Tensor && x.shape];
  const train = (resumed: tf.ModelFitArgs) => fit.call(this, x, y, resumed);
  const training = { settings, shuffles: Boolean(shuffle), datasets: [] };
  return backupOf(this, args)?.resume(this, args, training, train) ?? train(args);
};

tf.LayersModel.prototype.fitDataset = async function (this: tf.LayersModel, dataset, args) {
  const { batchesPerEpoch, classWeight, validationData } = args;
  // A dataset of the feature bank tells what is in it.
  const settings = [batchesPerEpoch, classWeight, dataset.size, 'key' in dataset && dataset.key];
  // With `batchesPerEpoch` one walk serves all epochs.
  const datasets = [batchesPerEpoch ? [] : dataset, validationData instanceof tf.data.Dataset ? validationData : []];
  const train = (resumed: typeof args, finished = 0) => {
    const skipped = finished * (batchesPerEpoch ?? 0);
    const rest = skipped > 0 && dataset instanceof tf.data.Dataset ? dataset.skip(skipped) : dataset;
    return fitDataset.call(this, rest, resumed);
  };
  const training = { settings, shuffles: false, datasets: datasets.flat() };
  return backupOf(this, args)?.resume(this, args, training, train) ?? train(args);
} as typeof fitDataset;
