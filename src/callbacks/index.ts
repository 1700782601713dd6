import './interrupt';

export { type ModelCheckpoint, type ModelCheckpointArgs, modelCheckpoint } from './model_checkpoint';
export { type Progress, progress } from './progress';
