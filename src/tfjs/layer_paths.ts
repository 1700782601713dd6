import type * as tf from './raw';

/** A layer that holds no other layers, and where Keras 3 keeps its weights, such as `layers/conv2d_1`. */
export interface LayerPath {
  path: string;
  layer: tf.layers.Layer;
}

/** The layers of `layer` where it is a model, else undefined. Keras hides the input layers of a Sequential, tfjs doesn't. */
export function innerLayers(layer: tf.layers.Layer): tf.layers.Layer[] | undefined {
  if (!('layers' in layer)) {
    return undefined;
  }
  const { layers } = layer as tf.LayersModel;
  return layer.getClassName() === 'Sequential'
    ? layers.filter((inner) => inner.getClassName() !== 'InputLayer')
    : layers;
}

/** The class of a layer as Keras calls it. */
export function kerasClassName(layer: tf.layers.Layer): string {
  const name = layer.getClassName();
  return name === 'Model' ? 'Functional' : name;
}

/** The name of a class as Keras has it in paths and names: `conv2d_transpose`. Mirrors `to_snake_case`. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The name that a fresh session of Keras gives to a layer without one: `add`, `add_1`, `add_2`, … for index 0, 1, 2, … */
export const automaticName = (kind: string, index: number) => (index === 0 ? kind : `${kind}_${index}`);

/** Gives one layer after another the name that a fresh session of Keras gives it, by its kind. */
export function automaticNames(): (kind: string) => string {
  const made = new Map<string, number>();
  return (kind) => {
    const index = made.get(kind) ?? 0;
    made.set(kind, index + 1);
    return automaticName(kind, index);
  };
}

/**
 * The layers of a model, nested models opened, with the paths of Keras 3's weights: the class in snake case, counted
 * from the second on. Mirrors `_save_container_state` of `keras.src.saving.saving_lib`.
 *
 * @param without Layers that are left out and not counted.
 */
export function layerPaths(model: tf.layers.Layer, without = new Set<tf.layers.Layer>(), prefix = ''): LayerPath[] {
  const next = automaticNames();
  const layers = (innerLayers(model) ?? []).filter((layer) => !without.has(layer));
  return layers.flatMap((layer) => {
    const path = `${prefix}layers/${next(snakeCase(kerasClassName(layer)))}`;
    return innerLayers(layer) ? layerPaths(layer, without, `${path}/`) : [{ path, layer }];
  });
}

/** The weights of a layer in the order of the legacy format: those that train first. */
export function legacyWeights(layer: tf.layers.Layer): tf.LayerVariable[] {
  return [...layer.trainableWeights, ...layer.nonTrainableWeights];
}

/** What a weight is in its layer: 'kernel', 'bias', … */
export function weightName({ originalName }: tf.LayerVariable): string {
  return originalName.split('/').at(-1)!;
}
