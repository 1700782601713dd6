export type { BinaryAccuracy } from '../tfjs/accuracy';
export type { Measure } from '../tfjs/measure';
export { type BinaryAccuracyArgs, binaryAccuracy } from './binary_accuracy';
export { type McNemar, mcnemar } from './mcnemar';
export { type ProportionConfintArgs, proportionConfint } from './proportion_confint';
export type { Values } from './values';
