export type { BinaryAccuracy } from '../tfjs/accuracy';
export type { Measure } from '../tfjs/measure';
export { type BinaryAccuracyArgs, binaryAccuracy } from './binary_accuracy';
