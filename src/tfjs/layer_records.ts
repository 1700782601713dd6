import * as tf from './raw';
import { STOCK_LAYERS } from './stock_layers';

/*
 * What Thaw knows of each class of layers, once: saving, loading and predicting all go by it. A layer of Thaw's has its
 * record in its own file, by `defineLayer`; tfjs's own have theirs in `stock_layers.ts`.
 */

type Layer = tf.layers.Layer;

/** A layer's settings in Keras's words, such as `pool_size`. */
export type Settings = Record<string, unknown>;

/**
 * What stands in for a layer: a layer without weights that tfjs by itself has, and that does the same when a model
 * predicts.
 */
export interface StandIn {
  className: string;
  settings: Settings;
}

/** All that is known of a class of layers. */
export interface LayerRecord<L extends Layer = Layer> {
  /** Keras's settings of the layer besides those of every layer; null where `.keras` and `.h5` can't hold it yet. */
  keras: readonly string[] | null;
  /**
   * What a `model.json` holds, which is read by tfjs alone: the layer itself, what gives its input unchanged (as
   * augmentation does when a model predicts), or what stands in for it.
   *
   * @throws Error naming the layer that nothing stands in for as it is set.
   */
  inTfjs: 'itself' | 'identity' | ((layer: L) => StandIn | 'itself');
  /** Whether its operations depend neither on the values that it is given nor on chance when a model predicts. */
  oneGraph: boolean;
  /** The settings that tfjs calls or means otherwise, from Keras's: they are added to, or replace, those in `keras`. */
  fromKeras?: (settings: Settings) => Settings;
  /** The settings that Keras calls or means otherwise, from tfjs's, their names in snake case. */
  toKeras?: (settings: Settings) => Settings;
}

const records = new Map<string, LayerRecord>(Object.entries(STOCK_LAYERS));

/** Tells tfjs of a class of layers of Thaw's, and Thaw all that there is to know of it. */
export function defineLayer<L extends Layer>(
  layerClass: tf.serialization.SerializableConstructor<Layer> & (new (...args: never[]) => L),
  record: LayerRecord<L>,
): void {
  tf.serialization.registerClass(layerClass);
  // It is asked of layers of this class alone.
  records.set(layerClass.className, record as LayerRecord);
}

/** What is known of a class of layers; undefined where Thaw doesn't know it. */
export function layerRecord(className: string): LayerRecord | undefined {
  return records.get(className);
}

/** The classes that are known, in the order of the alphabet. */
export function layerClasses(): string[] {
  return [...records.keys()].sort();
}
