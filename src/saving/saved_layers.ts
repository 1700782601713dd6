import { automaticNames } from '../tfjs/layer_paths';
import { reason } from '../utils/reason';
import { readHdf5 } from './hdf5/hdf5';
import type { Hdf5Group } from './hdf5/hdf5_reader';
import type { WeightArray } from './hdf5/weight_array';
import { ModelFileError } from './model_file_error';

/** A layer as a weights file holds it. `key` is its name in Keras's legacy layout, its path in Keras 3's and among names. */
export interface SavedLayer {
  key: string;
  name: string;
  weights: WeightArray[];
  /** What the weights are called, in the legacy layout. */
  weightNames?: string[];
}

/**
 * What a weights file holds: in which of Keras's layouts, or by the names of weights alone; of which model (where it says so);
 * and the layers with weights.
 */
export interface SavedLayers {
  layout: 'legacy' | 'keras3' | 'names';
  model?: string;
  layers: SavedLayer[];
  optimizer?: SavedOptimizer;
}

/** What an optimizer remembers, as a weights file holds it. */
export interface SavedOptimizer {
  /** Keras's `optimizer.variables`, in its order: iteration, learning rate but for Keras 2, slots. */
  arrays: WeightArray[];
  /** Whether it is one of `tf.keras.optimizers.legacy`, the only ones until 2.10: all slots of one kind come together. */
  legacy: boolean;
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

/** Does a step of the reading of what is called so, which an error then tells. */
function called<T>(what: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new Error(`${what}: ${reason(error)}`, { cause: error });
  }
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
    .map((group, index) => {
      const name = list[index]!;
      const weights = called(`the layer '${name}'`, () => legacyArrays(group, taken));
      return { key: name, name, weights, weightNames: names(group, 'weight_names') };
    })
    .filter(({ weights }) => weights.length > 0);
}

/** The arrays `0`, `1`, … of a group `vars`. */
function variables({ arrays }: Hdf5Group): WeightArray[] {
  return Array.from(arrays, (_, index) => inside(String(index), arrays));
}

// What Keras 2.12 and 2.13 call `layers`.
const DEPENDENCIES = '_layer_checkpoint_dependencies';

/** The layers of a model, by their class and number: `conv2d`, `conv2d_1`. */
function containedLayers({ groups }: Hdf5Group): Map<string, Hdf5Group> | undefined {
  const layers = groups.get('layers') ?? groups.get(DEPENDENCIES);
  if (!layers || groups.has('layers')) return layers?.groups;
  // There, a layer with weights counts twice: `conv2d`, `conv2d_2`.
  const next = automaticNames();
  const parts = [...layers.groups].map(([name, group]) => {
    const [, className = name, number = '0'] = name.match(/^(.*)_(\d+)$/) ?? [];
    return { className, number: Number(number), group };
  });
  const inOrder = parts.sort((a, b) => a.number - b.number);
  return new Map(inOrder.map(({ className, group }) => [next(className), group]));
}

function keras3Layers(layers: Map<string, Hdf5Group>, path: string): SavedLayer[] {
  return [...layers].flatMap(([child, layer]) => {
    const key = `${path}/${child}`;
    const [vars, inner] = [layer.groups.get('vars'), containedLayers(layer)];
    // Keras 2 leaves the names out.
    const name = [vars?.attrs.get('name') ?? key].flat()[0]!;
    const own = vars && { key, name, weights: called(`the layer '${name}'`, () => variables(vars)) };
    return [...(own?.weights.length ? [own] : []), ...(inner ? keras3Layers(inner, `${key}/layers`) : [])];
  });
}

/** Whether these are the names of a legacy optimizer's variables, of which the first is `Adam/iter:0`. */
const areLegacy = ([first]: string[]) => first !== undefined && /(^|\/)iter(_\d+)?:0$/.test(first);

/**
 * The weights in what was read of a Keras HDF5 file: the legacy layout (`layer_names` at the root or under
 * `model_weights`) or Keras 3's `.weights.h5` (`layers/…/vars/0`), which Keras 2.12 to 2.15 have, too, in other words at first.
 *
 * @throws Error when they are no weights of Keras, or not all there.
 */
export function savedLayers(root: Hdf5Group): SavedLayers {
  const layers = containedLayers(root);
  if (layers) {
    const model = root.groups.get('vars')?.attrs.get('name');
    const optimizer = root.groups.get('optimizer')?.groups.get('vars');
    return {
      layout: 'keras3',
      layers: keras3Layers(layers, 'layers'),
      ...(typeof model === 'string' && { model }),
      ...(optimizer && {
        optimizer: { arrays: called('its optimizer', () => variables(optimizer)), legacy: false },
      }),
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
    ...(optimizer && {
      optimizer: {
        arrays: called('its optimizer', () => legacyArrays(optimizer, new Set())),
        legacy: areLegacy(names(optimizer, 'weight_names')),
      },
    }),
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
