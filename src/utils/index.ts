export { check } from './check';
export { computeClassWeight } from './compute_class_weight';
export type { ColorMode, DecodingArgs, Interpolation } from './decoding';
export type { Mirror } from './get_file';
export {
  type ImageDataset,
  type ImageDatasetArgs,
  imageDatasetFromDirectory,
  type LabelledBatch,
} from './image_dataset';
export type { LabelMode } from './image_files';
export {
  type LearningRateFinderArgs,
  type LearningRates,
  learningRateFinder,
  type StepBatch,
} from './learning_rate_finder';
export { type LoadImgArgs, loadImg } from './load_img';
export { Progbar, type ProgbarArgs, progbar } from './progbar';
export { setRandomSeed } from './set_random_seed';
export type { Subset } from './validation_split';
