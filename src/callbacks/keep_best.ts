import type * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { backupAndRestore } from './backup_and_restore';
import { csvLogger } from './csv_logger';
import { type ModelCheckpointArgs, modelCheckpoint } from './model_checkpoint';
import { progress } from './progress';

/** The arguments of `keepBest`. */
export type KeepBestArgs = Pick<ModelCheckpointArgs, 'filepath' | 'classNames'>;

/**
 * The callbacks of a training that is worth keeping: the model of the epoch with the lowest `val_loss` goes to `filepath`
 * (`modelCheckpoint`), each epoch's numbers to a `.csv` beside it (`csvLogger`), an interrupted training goes on from the
 * folder `.backup` beside it (`backupAndRestore`), and `progress` shows how far it is. Give `fit` also `verbose: 0`.
 *
 * @throws Error when an option is unknown, or the path doesn't end in `.keras`.
 * @example
 * await model.fit(features, labels, { callbacks: callbacks.keepBest({ filepath: 'head.keras' }), verbose: 0 });
 */
export function keepBest(args: KeepBestArgs): tf.Callback[] {
  checkOptions('keepBest', args, { filepath: true, classNames: true });
  const beside = args.filepath.replace(/\.keras$/, '');
  return [
    modelCheckpoint({ ...args, saveBestOnly: true, monitor: 'val_loss' }),
    backupAndRestore({ backupDir: `${beside}.backup` }),
    csvLogger({ filename: `${beside}.csv` }),
    progress(),
  ];
}
