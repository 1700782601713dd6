export type { UnreadLogs } from '../tfjs/log_values';
export {
  BackupAndRestore,
  type BackupAndRestoreArgs,
  backupAndRestore,
  type RestorableCallback,
} from './backup_and_restore';
export { CSVLogger, type CSVLoggerArgs, csvLogger } from './csv_logger';
export { EarlyStopping, type EarlyStoppingArgs, earlyStopping } from './early_stopping';
export { type KeepBestArgs, keepBest } from './keep_best';
export { LearningRateScheduler, learningRateScheduler, type Schedule } from './learning_rate_scheduler';
export { ModelCheckpoint, type ModelCheckpointArgs, modelCheckpoint } from './model_checkpoint';
export type { Mode, MonitorArgs } from './monitor';
export { Progress, progress } from './progress';
export { ReduceLROnPlateau, type ReduceLROnPlateauArgs, reduceLROnPlateau } from './reduce_lr_on_plateau';
export { TerminateOnNaN, type TerminateOnNaNArgs, terminateOnNaN } from './terminate_on_nan';
