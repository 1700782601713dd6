import './interrupt';

export { ModelCheckpoint, type ModelCheckpointArgs, modelCheckpoint } from './model_checkpoint';
export { Progress, progress } from './progress';
