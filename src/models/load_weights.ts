import * as tf from '../tf';
import { layerPaths } from './layer_paths';
import { readSavedLayers, type SavedLayer, type SavedLayers } from './saved_layers';

const LISTED = 10;

function shorten(items: string[], separator: string): string {
  const rest = items.length - LISTED;
  return [...items.slice(0, LISTED), ...(rest > 0 ? [`… and ${rest} more`] : [])].join(separator);
}

/** The model's layers with weights, each under the key that the file would hold it by. */
function layersByKey(model: tf.LayersModel, saved: SavedLayers): Map<string, tf.layers.Layer> {
  if (saved.layout === 'legacy') {
    return new Map(model.layers.filter(({ weights }) => weights.length > 0).map((layer) => [layer.name, layer]));
  }
  const leaves = layerPaths(model).filter(({ layer }) => layer.weights.length > 0);
  // By name where the file knows every name; else, since names are often automatic, by path, as Keras does.
  const keys = new Map(saved.layers.map(({ name, key }) => [name, key]));
  const named = leaves.every(({ layer }) => keys.has(layer.name));
  return new Map(leaves.map(({ path, layer }) => [named ? keys.get(layer.name)! : path, layer]));
}

function mismatches(layer: tf.layers.Layer, saved: SavedLayer | undefined): string[] {
  if (saved === undefined) {
    return [`${layer.name}: not in the file`];
  }
  if (saved.weights.length !== layer.weights.length) {
    return [`${layer.name}: expected ${layer.weights.length} weights. Received: ${saved.weights.length}`];
  }
  return layer.weights.flatMap((weight, index) => {
    const expected = JSON.stringify(weight.shape);
    const received = JSON.stringify(saved.weights[index]!.shape);
    const name = weight.originalName.split('/').pop();
    return expected === received ? [] : [`${layer.name}/${name}: expected shape ${expected}. Received: ${received}`];
  });
}

/**
 * Sets the weights of `model` from a Keras HDF5 file, legacy (`.h5`) or Keras 3's (`.weights.h5`): layers matched by
 * name, shapes checked. Mirrors `keras.Model.load_weights`.
 *
 * @throws Error naming the path when it is missing, damaged or no Keras weights; and naming every layer that doesn't
 *   fit when the weights are another network's. The model's weights are then untouched.
 */
export async function loadWeights(model: tf.LayersModel, path: string): Promise<void> {
  setSavedLayers(model, await readSavedLayers(path), path);
}

/** Sets the weights of `model` to those read from `path`, once all of them are known to fit. */
export function setSavedLayers(model: tf.LayersModel, saved: SavedLayers, path: string): void {
  const layers = layersByKey(model, saved);
  const savedByKey = new Map(saved.layers.map((layer) => [layer.key, layer]));
  const problems = [...layers].flatMap(([key, layer]) => mismatches(layer, savedByKey.get(key)));
  const extra = saved.layers.filter(({ key }) => !layers.has(key)).map(({ name }) => `${name}: not in the model`);
  if (problems.length + extra.length > 0) {
    const network = saved.model ? `the network '${saved.model}'` : 'a network';
    const expected = [...layers.values()].map(({ name }) => name);
    throw new Error(
      `The weights in '${path}' don't fit the model '${model.name}'.\n` +
        `Expected weights of: ${shorten(expected, ', ')}.\n` +
        `Received: weights of ${network} with ${shorten(
          saved.layers.map(({ name }) => name),
          ', ',
        )}.\n` +
        `  ${shorten([...problems, ...extra], '\n  ')}\n` +
        'Take the weights of the same network, built with the same arguments (such as includeTop and classes).',
    );
  }
  tf.tidy(() => {
    for (const [key, layer] of layers) {
      layer.setWeights(savedByKey.get(key)!.weights.map(({ values, shape }) => tf.tensor(values, shape)));
    }
  });
}
