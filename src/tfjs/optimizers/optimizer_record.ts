import type * as tf from '../raw';

/** An optimizer's settings in Keras's words. */
export type KerasConfig = Record<string, number | undefined>;

/** How Keras calls and sets an optimizer. */
export interface KerasOptimizer {
  /** Its class. */
  className: string;
  /** Keras's learning rate where none is given. */
  learningRate: number;
  /** Its settings: tfjs's name, then Keras's. */
  settings: Record<string, string>;
  /** What Keras lets one set and tfjs doesn't: the value that it has in tfjs. */
  fixed?: Record<string, number>;
  /** The optimizer with Keras's settings. Those that are missing have the same defaults in both. */
  build: (config: KerasConfig, learningRate: number) => tf.Optimizer;
}

/** What an optimizer remembers of each weight, and how Keras keeps it; tfjs keeps it by kind. */
export interface SlotLayout {
  /** How many kinds tfjs keeps. */
  kinds: number;
  /** Those that Keras has, in its order, by their place among tfjs's. */
  kept: number[];
  /**
   * How many of these, from the first on, Keras has beside each other for each variable; of the others it has all variables
   * of one kind. Defaults to 0.
   */
  interleaved?: number;
  /** What Keras's value is of tfjs's. Defaults to 1. */
  sign?: number;
  /** What is remembered before the first step. Defaults to 0. */
  initial?: number;
}

/** What `applyGradients` takes. */
export type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];

/** A step of an optimizer. */
export type Step = (this: tf.Optimizer, gradients: Gradients) => void;

/** All that Thaw knows of an optimizer of tfjs's: what is saved, restored, counted and mended goes by it. */
export interface OptimizerRecord {
  /** tfjs's class. */
  optimizerClass: { className: string; prototype: tf.Optimizer };
  /** Its match in Keras; none where a model can't be saved with it. */
  keras?: KerasOptimizer;
  /** Its slots, given its settings. Source: `build` of its class in keras/src/optimizers. */
  slots: (config: tf.serialization.ConfigDict) => SlotLayout;
  /** The variables that it keeps besides, by tfjs's names. Defaults to none. */
  variables?: string[];
  /** Its step as Keras takes it, given tfjs's. Defaults to tfjs's. Source: `update_step` of its class. */
  step?: (step: Step) => Step;
}

/** Has an optimizer take a step with other settings than its own. */
export function withSettings(optimizer: tf.Optimizer, settings: object, step: () => void): void {
  const own = Object.fromEntries(Object.keys(settings).map((key) => [key, Reflect.get(optimizer, key)]));
  Object.assign(optimizer, settings);
  try {
    step();
  } finally {
    Object.assign(optimizer, own);
  }
}
