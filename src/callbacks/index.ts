export type { UnreadLogs } from '../tfjs/log_values';
export {
  BackupAndRestore,
  type BackupAndRestoreArgs,
  backupAndRestore,
  type RestorableCallback,
} from './backup_and_restore';
export { LearningRateScheduler, learningRateScheduler, type Schedule } from './learning_rate_scheduler';
export { ModelCheckpoint, type ModelCheckpointArgs, modelCheckpoint } from './model_checkpoint';
export { Progress, progress } from './progress';
