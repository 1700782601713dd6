import './interrupt';
import './resumable_fit';

export { BackupAndRestore, type BackupAndRestoreArgs, backupAndRestore } from './backup_and_restore';
export { ModelCheckpoint, type ModelCheckpointArgs, modelCheckpoint } from './model_checkpoint';
export { Progress, progress } from './progress';
