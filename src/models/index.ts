export { classNames } from '../saving/class_names';
export { loadModel } from '../saving/load_model';
export { loadWeights } from '../saving/load_weights';
export { ModelFileError } from '../saving/model_file_error';
export { type SaveModelArgs, saveModel } from '../saving/save_model';
export {
  FeatureBank,
  type FeatureBankArgs,
  type FeatureBankExtractArgs,
  type FeatureBankFitArgs,
  type FeaturesAndLabels,
  featureBank,
} from './feature_bank/feature_bank';
export type { FeatureDtype } from './feature_bank/feature_dtype';
export type { Shard } from './feature_bank/feature_part';
export type { Pictures } from './feature_bank/frozen_part';
export { MissingShardsError } from './feature_bank/missing_shards_error';
export { type GradCamArgs, gradCam } from './grad_cam';
