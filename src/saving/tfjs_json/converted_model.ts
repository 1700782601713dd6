import * as tf from '../../tf';
import { layerRecord } from '../../tfjs/layer_records';
import type { Hdf5Group } from '../hdf5/hdf5_reader';
import type { WeightArray } from '../hdf5/weight_array';
import { checkLayer } from '../keras_json/check_layer';
import { kerasWords, type Words } from '../keras_json/deserialize_model';
import {
  isJson,
  isModel,
  type Json,
  type LayerConfig,
  type ModelConfig,
  nameOf,
  readModelConfig,
} from '../keras_json/types';
import { compileConfigOf } from '../legacy_h5';
import type { ModelFile } from '../model_file';
import { type SavedLayer, type SavedLayers, savedLayers } from '../saved_layers';
import { classNamesIn, readManifest } from './model_json';
import { readWeights } from './read_weights';
import { TFJS } from './tfjs_words';

/*
 * What the converter of tfjs writes of a model of Python Keras: Keras's JSON as it is, and the weights under the names that
 * they have in Keras's file. Of a `.keras` it leaves out the modules that classes are in.
 */

// Models within models take some dozen.
const MAX_PARTS = 50;
// More than any network has.
const MAX_LAYERS = 2500;

/** Whether the model in a `model.json` is in the words of Python Keras: tfjs's own say which tfjs wrote them, or nothing. */
export function isOfKeras(json: unknown): boolean {
  const { modelTopology }: Json = isJson(json) ? json : {};
  const { keras_version: version, module }: Json = isJson(modelTopology) ? modelTopology : {};
  return version === undefined ? module !== undefined : /^\d/.test(String(version));
}

const hasConstraint = ({ config }: LayerConfig) =>
  Object.entries(config).some(([key, value]) => key.endsWith('constraint') && value != null);

/** @throws Error where a layer is set to an activation that Keras 3 has otherwise than tfjs. */
function checkActivations({ config }: LayerConfig): void {
  // Keras 2 writes a text.
  const isKeras3 = isJson(config.dtype);
  const [key] =
    Object.entries(config).find(([key, value]) => /activation$/.test(key) && value === 'hard_sigmoid') ?? [];
  if (isKeras3 && key)
    throw new Error(`Expected its ${key} to be one that tfjs has as Keras 3. Received: "hard_sigmoid"`);
}

/** Layers and constraints that `.keras` can't hold yet are made as tfjs reads them: their words are the same. */
function convertedWords(version: unknown): Words {
  const keras = kerasWords(version);
  return {
    ...keras,
    makeLayer(saved, input, make) {
      const isRead = layerRecord(saved.class_name)?.keras !== null && !hasConstraint(saved);
      if (saved.class_name === 'InputLayer' || isRead) return keras.makeLayer(saved, input, make);
      checkLayer(saved);
      checkActivations(saved);
      const { config } = saved;
      return TFJS.makeLayer({ ...saved, config: { ...config, ...input } }, undefined, make);
    },
  };
}

/** A layer of Keras 3's says whether it is trained and in what it computes, an operation on tensors neither. */
const isWithoutModule = ({ module, class_name, config, inbound_nodes: [call] = [] }: LayerConfig) =>
  module === undefined &&
  class_name !== 'InputLayer' &&
  !Object.hasOwn(config, 'trainable') &&
  !Object.hasOwn(config, 'dtype') &&
  call !== undefined &&
  'args' in call;

/** The model with the module of each operation, where the converter has left it out. */
function withOperations(model: ModelConfig): ModelConfig {
  const layers = model.config.layers.map((layer) => {
    if (isModel(layer)) return withOperations(layer);
    return isWithoutModule(layer) ? { ...layer, module: 'keras.ops' } : layer;
  });
  return { ...model, config: { ...model.config, layers } };
}

/** The arrays by the paths that they have in Keras 3's `model.weights.h5`, as if that were read. */
function asGroups(arrays: Map<string, WeightArray>): Hdf5Group {
  const group = (path: string): Hdf5Group => ({
    // Of a layer, the path: its name isn't told, and another layer's may be the end of the path.
    attrs: new Map([['name', path.replace(/\/vars$/, '')]]),
    groups: new Map(),
    arrays: new Map(),
  });
  const root = { ...group(''), attrs: new Map() };
  for (const [name, array] of arrays) {
    const parts = name.split('/');
    const last = parts.pop()!;
    let folder = root;
    for (const [index, part] of parts.entries()) {
      const inner = folder.groups.get(part) ?? group(parts.slice(0, index + 1).join('/'));
      folder.groups.set(part, inner);
      folder = inner;
    }
    folder.arrays.set(last, array);
  }
  return root;
}

/** The names of a model's layers that are none, those in its models, too. */
const layerNames = ({ config }: ModelConfig): string[] =>
  config.layers.flatMap((layer) => (isModel(layer) ? layerNames(layer) : [nameOf(layer)]));

/** The path to an array, and the layer that this is of: the last of its parts that name one. */
function scopeOf(parts: string[], known: Set<string>, longest: number): [key: string, name: string] {
  for (let end = parts.length - 1; end > 0; end--) {
    // A layer of Keras 2 may have a name with slashes.
    for (let start = Math.max(0, end - longest); start < end; start++) {
      const found = parts.slice(start, end).join('/');
      if (known.has(found)) return [parts.slice(0, end).join('/'), found];
    }
  }
  const whole = parts.slice(0, -1).join('/');
  return [whole, whole];
}

/**
 * The arrays by layer, where each is called after the scopes that it was made in, such as `model/base/conv/kernel`: the last
 * of them that is the name of a layer says of which.
 */
function byName(arrays: Map<string, WeightArray>, config: ModelConfig): SavedLayer[] {
  const known = new Set(layerNames(config));
  const longest = Math.max(0, ...Array.from(known, (name) => name.split('/').length));
  const layers = new Map<string, SavedLayer>();
  for (const [path, array] of arrays) {
    const [key, name] = scopeOf(path.split('/'), known, longest);
    const layer = layers.get(key) ?? { key: `weights/${key}`, name, weights: [] };
    layer.weights.push(array);
    layers.set(key, layer);
  }
  if (layers.size > MAX_LAYERS) throw new Error(`it has weights of more than ${MAX_LAYERS} layers`);
  return [...layers.values()];
}

function readSaved(arrays: Map<string, WeightArray>, config: ModelConfig): SavedLayers {
  const names = [...arrays.keys()];
  const deep = names.find((name) => name.split('/').length > MAX_PARTS);
  if (deep !== undefined) throw new Error(`the weights '${deep}' lie more than ${MAX_PARTS} deep`);
  // The converter was given a `.keras`.
  if (names.some((name) => /\/vars\/\d+$/.test(name))) return savedLayers(asGroups(arrays));
  return { layout: 'names', layers: byName(arrays, config) };
}

/**
 * What a `model.json` that tfjs's converter wrote of a model of Python Keras holds, from its parsed text and the files beside
 * `path`; of Keras 2 or 3, from an `.h5` or a `.keras`.
 *
 * @throws Error saying what is wrong with the files.
 */
export async function readConvertedModel(json: unknown, path: string): Promise<ModelFile> {
  const manifest = readManifest(json);
  const { modelTopology: topology }: Json = isJson(json) ? json : {};
  const {
    model_config: saved = topology,
    training_config: training,
    keras_version,
  }: Json = isJson(topology) ? topology : {};
  const config = withOperations(readModelConfig(saved));
  const tensors = await readWeights(manifest, path);
  try {
    const arrays = Array.from(tensors, ([name, tensor]): [string, WeightArray] => {
      const numbers = tensor.dataSync();
      // Others than floats: how often something was done, say.
      const values = numbers instanceof Float32Array ? numbers : new Float32Array(numbers);
      return [name, { shape: tensor.shape, values }];
    });
    return {
      config,
      compileConfig: compileConfigOf(training) ?? config.compile_config,
      classNames: () => classNamesIn(json),
      saved: readSaved(new Map(arrays), config),
      words: convertedWords(keras_version),
    };
  } finally {
    tf.dispose([...tensors.values()]);
  }
}
