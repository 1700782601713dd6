import { KERAS_ACTIVATIONS } from './keras_activations';
import type { LayerRecord } from './layer_record';
import * as tf from './raw';
import { STOCK_ACTIVATIONS, STOCK_LAYERS } from './stock_layers';

/*
 * What Thaw knows of each class of layers, once: saving, loading and predicting all go by it. A layer of Thaw's has its
 * record in its own file, by `defineLayer`; tfjs's own have theirs in `stock_layers.ts`.
 */

type Layer = tf.layers.Layer;

const records = new Map<string, LayerRecord>(Object.entries(STOCK_LAYERS));

const { classNameMap } = tf.serialization.SerializationMap.getMap();
/** Constructors: somebody else's class may have the name of one of these. */
const knownClasses = new Set<unknown>(
  [...Object.keys(STOCK_LAYERS), ...STOCK_ACTIVATIONS, ...KERAS_ACTIVATIONS].map((name) => classNameMap[name]?.[0]),
);

/** Tells tfjs of a class of layers of Thaw's, and Thaw all that there is to know of it. */
export function defineLayer<L extends Layer>(
  layerClass: tf.serialization.SerializableConstructor<Layer> & (new (...args: never[]) => L),
  record: LayerRecord<L>,
): void {
  tf.serialization.registerClass(layerClass);
  // It is asked of layers of this class alone.
  records.set(layerClass.className, record as LayerRecord);
  knownClasses.add(layerClass);
}

/** Whether a layer or an activation is of a class of tfjs's or Thaw's, not of one derived from it. */
export function isOfKnownClass(part: object): boolean {
  return knownClasses.has(part.constructor);
}

/** Whether a layer is of tfjs's own class where Thaw has another of the name. */
export function isTfjsOwn(layer: Layer): boolean {
  const registered = classNameMap[layer.getClassName()]?.[0];
  return registered !== undefined && !(layer instanceof registered);
}

/** What is known of a class of layers; undefined where Thaw doesn't know it. */
export function layerRecord(className: string): LayerRecord | undefined {
  return records.get(className);
}

/** The classes that are known, in the order of the alphabet. */
export function layerClasses(): string[] {
  return [...records.keys()].sort();
}
