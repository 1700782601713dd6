import { reason } from '../utils/reason';
import { readHdf5 } from './hdf5/hdf5';
import type { Hdf5Group } from './hdf5/hdf5_reader';
import type { WeightArray } from './hdf5/weight_array';
import { ModelFileError } from './model_file_error';

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
  /** Keras's `optimizer.variables`, in its order: iteration, learning rate, slots. */
  optimizer?: WeightArray[];
}

function inside<T>(name: string, members: Map<string, T>): T {
  const member = members.get(name);
  if (member === undefined) throw new Error(`it lacks '${name}'`);
  return member;
}

/** A list of names; where it is too long for one attribute, Keras cuts it into `layer_names0`, `layer_names1`, … */
function names({ attrs }: Hdf5Group, attribute: string): string[] {
  const pieces = [attrs.get(attribute) ?? []];
  for (let piece = attrs.get(`${attribute}0`); piece; piece = attrs.get(`${attribute}${pieces.length - 1}`)) {
    pieces.push(piece);
  }
  return pieces.flat();
}

/** What lies at a path such as `dense/kernel:0` below a group. */
function arrayAt(group: Hdf5Group, path: string): WeightArray {
  const parts = path.split('/').filter((part) => part);
  const last = parts.pop() ?? '';
  return inside(last, parts.reduce((folder, part) => inside(part, folder.groups), group).arrays);
}

/** What a list names, none of it `taken` before: what is made for all lists is no more than the file holds. */
function named<T>(list: string[], find: (name: string) => T, taken: Set<T>): T[] {
  return list.map((name) => {
    const found = find(name);
    if (taken.has(found)) throw new Error(`it lists '${name}' twice`);
    taken.add(found);
    return found;
  });
}

function legacyArrays(group: Hdf5Group, taken: Set<WeightArray>): WeightArray[] {
  return named(names(group, 'weight_names'), (name) => arrayAt(group, name), taken);
}

function legacyLayers(root: Hdf5Group): SavedLayer[] {
  const list = names(root, 'layer_names');
  // A name with slashes lies that much deeper.
  const groupAt = (name: string) => name.split('/').reduce((folder, part) => inside(part, folder.groups), root);
  const taken = new Set<WeightArray>();
  return named(list, groupAt, new Set())
    .map((group, index) => ({ key: list[index]!, name: list[index]!, weights: legacyArrays(group, taken) }))
    .filter(({ weights }) => weights.length > 0);
}

/** The arrays `0`, `1`, … of a group `vars`. */
function variables({ arrays }: Hdf5Group): WeightArray[] {
  return Array.from(arrays, (_, index) => inside(String(index), arrays));
}

function keras3Layers({ groups }: Hdf5Group, path: string): SavedLayer[] {
  return [...groups].flatMap(([child, layer]) => {
    const key = `${path}/${child}`;
    const [vars, inner] = [layer.groups.get('vars'), layer.groups.get('layers')];
    const own = vars && { key, name: [vars.attrs.get('name') ?? child].flat()[0]!, weights: variables(vars) };
    return [...(own?.weights.length ? [own] : []), ...(inner ? keras3Layers(inner, `${key}/layers`) : [])];
  });
}

/**
 * The weights in what was read of a Keras HDF5 file: the legacy layout (`layer_names` at the root or under
 * `model_weights`) or Keras 3's `.weights.h5` (`layers/…/vars/0`).
 *
 * @throws Error when they are no weights of Keras, or not all there.
 */
export function savedLayers(root: Hdf5Group): SavedLayers {
  const layers = root.groups.get('layers');
  if (layers) {
    const model = root.groups.get('vars')?.attrs.get('name');
    const optimizer = root.groups.get('optimizer')?.groups.get('vars');
    return {
      layout: 'keras3',
      layers: keras3Layers(layers, 'layers'),
      ...(typeof model === 'string' && { model }),
      ...(optimizer && { optimizer: variables(optimizer) }),
    };
  }
  const legacy = root.groups.get('model_weights') ?? root;
  if (![...legacy.attrs.keys()].some((name) => /^layer_names0?$/.test(name))) {
    throw new Error("it is an HDF5 file without Keras's layers");
  }
  const optimizer = root.groups.get('optimizer_weights');
  return {
    layout: 'legacy',
    layers: legacyLayers(legacy),
    ...(optimizer && { optimizer: legacyArrays(optimizer, new Set()) }),
  };
}

/**
 * Reads every weight of a Keras HDF5 file. Mirrors `keras.src.legacy.saving.legacy_h5_format` and
 * `keras.src.saving.saving_lib.H5IOStore`.
 *
 * @throws ModelFileError naming `path` when it is missing, damaged, hostile, or no weights of Keras.
 */
export function readSavedLayers(path: string): Promise<SavedLayers> {
  return readHdf5(path, (root) => {
    try {
      return savedLayers(root);
    } catch (error) {
      const message = `Expected the weights of a Keras model. Received: '${path}' (${reason(error)}).`;
      throw new ModelFileError(message, path, { cause: error });
    }
  });
}
