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

/**
 * The layers of a model, nested models opened, with the paths of Keras 3's weights: the class in snake case, counted
 * from the second on. Mirrors `_save_container_state` of `keras.src.saving.saving_lib`.
 *
 * @param without Layers that are left out and not counted.
 */
export function layerPaths(model: tf.layers.Layer, without = new Set<tf.layers.Layer>(), prefix = ''): LayerPath[] {
  const used = new Map<string, number>();
  const layers = (innerLayers(model) ?? []).filter((layer) => !without.has(layer));
  return layers.flatMap((layer) => {
    const name = snakeCase(kerasClassName(layer));
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    const path = `${prefix}layers/${count === 0 ? name : `${name}_${count}`}`;
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
