import { type Dataset, type File, type Group, readHdf5 } from './hdf5';

/** One array of weights, row by row. */
export interface WeightArray {
  shape: number[];
  values: Float32Array;
}

/** A layer as a weights file holds it. `key` is its name in Keras's legacy layout, its path in Keras 3's. */
export interface SavedLayer {
  key: string;
  name: string;
  weights: WeightArray[];
}

/** What a weights file holds: in which of Keras's layouts, of which model (where it says so), and the layers with weights. */
export interface SavedLayers {
  layout: 'legacy' | 'keras3';
  model?: string;
  layers: SavedLayer[];
}

function readArray(dataset: Dataset): WeightArray {
  const value = dataset.value;
  const values = value instanceof Float32Array ? value : Float32Array.from([value].flat() as ArrayLike<number>);
  return { shape: dataset.shape ?? [], values };
}

function names(group: Group, attribute: string): string[] {
  return Array.from(group.attrs[attribute]?.value as Iterable<string>);
}

function legacyLayers(root: Group): SavedLayer[] {
  return names(root, 'layer_names')
    .map((name) => {
      const group = root.get(name) as Group;
      const weights = names(group, 'weight_names').map((weight) => readArray(group.get(weight) as Dataset));
      return { key: name, name, weights };
    })
    .filter(({ weights }) => weights.length > 0);
}

function keras3Layers(group: Group, path: string): SavedLayer[] {
  return group.keys().flatMap((child) => {
    const key = `${path}/${child}`;
    const layer = group.get(child) as Group;
    const inner = layer.keys();
    const nested = inner.includes('layers') ? keras3Layers(layer.get('layers') as Group, `${key}/layers`) : [];
    if (!inner.includes('vars')) {
      return nested;
    }
    const variables = layer.get('vars') as Group;
    const weights = variables
      .keys()
      .sort((a, b) => Number(a) - Number(b))
      .map((index) => readArray(variables.get(index) as Dataset));
    const name = String(variables.attrs.name?.value ?? child);
    return weights.length > 0 ? [{ key, name, weights }, ...nested] : nested;
  });
}

function readLayers(file: File): SavedLayers | undefined {
  const keys = file.keys();
  if (keys.includes('layers')) {
    const model = keys.includes('vars') ? (file.get('vars') as Group).attrs.name?.value : undefined;
    const layers = keras3Layers(file.get('layers') as Group, 'layers');
    return { layout: 'keras3', layers, ...(typeof model === 'string' && { model }) };
  }
  const root = keys.includes('model_weights') ? (file.get('model_weights') as Group) : file;
  return 'layer_names' in root.attrs ? { layout: 'legacy', layers: legacyLayers(root) } : undefined;
}

/**
 * Reads every weight of a Keras HDF5 file: the legacy layout (`layer_names` at the root or under `model_weights`) or
 * Keras 3's `.weights.h5` (`layers/…/vars/0`). Mirrors `keras.src.legacy.saving.legacy_h5_format` and
 * `keras.src.saving.saving_lib.H5IOStore`.
 *
 * @throws Error naming `path` when it is missing, damaged, or no weights of Keras.
 */
export async function readSavedLayers(path: string): Promise<SavedLayers> {
  const saved = await readHdf5(path, readLayers);
  if (saved === undefined) {
    throw new Error(`Expected the weights of a Keras model. Received: '${path}', an HDF5 file without Keras's layers.`);
  }
  return saved;
}
