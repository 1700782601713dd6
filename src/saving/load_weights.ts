import * as tf from '../tf';
import { innerLayers, layerPaths, legacyWeights, weightName } from '../tfjs/layer_paths';
import { unconstrained } from '../tfjs/unconstrained';
import type { WeightArray } from './hdf5/weight_array';
import { ModelFileError } from './model_file_error';
import { readSavedLayers, type SavedLayer, type SavedLayers } from './saved_layers';

const LISTED = 10;

function shorten(items: string[], separator: string): string {
  const rest = items.length - LISTED;
  return [...items.slice(0, LISTED), ...(rest > 0 ? [`… and ${rest} more`] : [])].join(separator);
}

/** A layer, and its weights in the order of a file. */
interface Target {
  name: string;
  weights: tf.LayerVariable[];
}

/** A layer, and the names of the models that it lies in. */
interface NamedLayer {
  above: string[];
  layer: tf.layers.Layer;
}

const namedLayers = (model: tf.layers.Layer, above: string[] = []): NamedLayer[] =>
  (innerLayers(model) ?? []).flatMap((layer) =>
    innerLayers(layer) ? namedLayers(layer, [...above, layer.name]) : [{ above, layer }],
  );

/** How many of the models that a layer lies in the key of its weights tells of. */
const told = (key: string, { above }: NamedLayer) => above.filter((name) => `/${key}`.includes(`/${name}/`)).length;

/**
 * The layers under the keys of weights that are called after them. Where layers in several models have one name, the keys
 * that tell of most models choose first: Keras leaves out some.
 */
function layersByName(model: tf.LayersModel, saved: SavedLayer[], without: Set<tf.layers.Layer>): Map<string, Target> {
  const all = namedLayers(model).filter(({ layer }) => layer.weights.length > 0 && !without.has(layer));
  const free = new Map<string, Set<NamedLayer>>();
  for (const each of new Map(all.map((each) => [each.layer, each])).values()) {
    free.set(each.layer.name, (free.get(each.layer.name) ?? new Set()).add(each));
  }
  const best = ({ key, name }: SavedLayer) =>
    [...(free.get(name) ?? [])].map((each) => ({ each, told: told(key, each) })).sort((a, b) => b.told - a.told)[0];
  const choosing = saved.map((layer) => ({ layer, told: best(layer)?.told ?? 0 })).sort((a, b) => b.told - a.told);
  const found = new Map<string, Target>();
  const give = (key: string, { layer }: NamedLayer) =>
    found.set(key, { name: layer.name, weights: legacyWeights(layer) });
  for (const { layer } of choosing) {
    const { each } = best(layer) ?? {};
    if (!each) continue;
    free.get(layer.name)!.delete(each);
    give(layer.key, each);
  }
  const missing = [...free.values()].flatMap((layers) => [...layers]);
  // A Normalization of Keras 2 gives its weights no name of a layer.
  const nameless = missing.length === 1 && saved.find(({ name }) => name === '');
  for (const [index, each] of missing.entries()) give(nameless ? nameless.key : `missing/${index}`, each);
  return found;
}

/** The model's layers with weights, each under the key that the file would hold it by. */
function layersByKey(model: tf.LayersModel, saved: SavedLayers, without: Set<tf.layers.Layer>): Map<string, Target> {
  if (saved.layout === 'legacy') {
    const unknown = new Set([...without].flatMap(({ weights }) => weights));
    const layers = model.layers.map((layer) => ({
      name: layer.name,
      weights: legacyWeights(layer).filter((weight) => !unknown.has(weight)),
    }));
    const targets = layers.filter(({ weights }) => weights.length > 0);
    // By name where the names are the same; else, since official files are older than some of them, by order, as Keras does.
    const names = new Set(saved.layers.map(({ name }) => name));
    const ordered = names.size === saved.layers.length && names.size === targets.length;
    const named = !ordered || targets.every(({ name }) => names.has(name));
    return new Map(targets.map((target, index) => [named ? target.name : saved.layers[index]!.key, target]));
  }
  if (saved.layout === 'names') return layersByName(model, saved.layers, without);
  const leaves = layerPaths(model, without).filter(({ layer }) => layer.weights.length > 0);
  // By name where the file knows every name once; else, since names are often automatic, by path, as Keras does.
  const keys = new Map(saved.layers.map(({ name, key }) => [name, key]));
  const named = keys.size === saved.layers.length && leaves.every(({ layer }) => keys.has(layer.name));
  return new Map(leaves.map(({ path, layer }) => [named ? keys.get(layer.name)! : path, layer]));
}

function write(weights: tf.LayerVariable[], arrays: WeightArray[]): void {
  unconstrained(weights, () =>
    tf.tidy(() => {
      arrays.forEach(({ values, shape }, index) => {
        weights[index]!.write(tf.tensor(values, shape));
      });
    }),
  );
}

function mismatches(layer: Target, saved: SavedLayer | undefined): string[] {
  if (saved === undefined) {
    return [`${layer.name}: not in the file`];
  }
  const inFile = saved.name === layer.name ? '' : ` (in the file: ${saved.name})`;
  if (saved.weights.length !== layer.weights.length) {
    return [`${layer.name}${inFile}: expected ${layer.weights.length} weights. Received: ${saved.weights.length}`];
  }
  return layer.weights.flatMap((weight, index) => {
    const expected = JSON.stringify(weight.shape);
    const received = JSON.stringify(saved.weights[index]!.shape);
    return expected === received
      ? []
      : [`${layer.name}/${weightName(weight)}${inFile}: expected shape ${expected}. Received: ${received}`];
  });
}

/**
 * Sets the weights of `model` from a Keras HDF5 file, legacy (`.h5`) or Keras 3's (`.weights.h5`): layers matched by
 * name or, where names differ, by order and by path; shapes checked. Mirrors `keras.Model.load_weights`.
 *
 * @throws ModelFileError naming the path when it is missing, damaged or no Keras weights; and naming every layer that doesn't
 *   fit when the weights are another network's. The model's weights are then untouched.
 */
export async function loadWeights(model: tf.LayersModel, path: string): Promise<void> {
  setSavedLayers(model, await readSavedLayers(path), path);
}

/**
 * Sets the weights of `model` to those read from `path`, once all of them are known to fit.
 *
 * @param more Weights of layers that the file doesn't know.
 */
export function setSavedLayers(
  model: tf.LayersModel,
  saved: SavedLayers,
  path: string,
  more = new Map<tf.layers.Layer, WeightArray[]>(),
): void {
  const layers = layersByKey(model, saved, new Set(more.keys()));
  const savedByKey = new Map(saved.layers.map((layer) => [layer.key, layer]));
  const problems = [...layers].flatMap(([key, layer]) => mismatches(layer, savedByKey.get(key)));
  const extra = saved.layers.filter(({ key }) => !layers.has(key)).map(({ name }) => `${name}: not in the model`);
  if (problems.length + extra.length > 0) {
    const network = saved.model ? `the network '${saved.model}'` : 'a network';
    const expected = [...layers.values()].map(({ name }) => name);
    throw new ModelFileError(
      `The weights in '${path}' don't fit the model '${model.name}'.\n` +
        `Expected weights of: ${shorten(expected, ', ')}.\n` +
        `Received: weights of ${network} with ${shorten(
          saved.layers.map(({ name }) => name),
          ', ',
        )}.\n` +
        `  ${shorten([...problems, ...extra], '\n  ')}\n` +
        'Take the weights of the same network, built with the same arguments (such as includeTop and classes).',
      path,
    );
  }
  for (const [key, { weights }] of layers) write(weights, savedByKey.get(key)!.weights);
  for (const [layer, arrays] of more) write(layer.weights, arrays);
}
