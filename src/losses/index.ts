export type { Crossentropy, CrossentropyName } from '../tfjs/crossentropy';
export type { Measure } from '../tfjs/measure';
export {
  binaryCrossentropy,
  type CrossentropyArgs,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './crossentropy';
