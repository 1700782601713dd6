/*
 * Keras's JSON: Keras 3's, in `.keras` and new `.h5`, and Keras 2's, in old `.h5` and, written by tfjs, in `model.json`.
 * A file may hold anything: what comes from one is unknown until `readModelConfig` has looked at it.
 */

import { reason } from '../../utils/reason';

/** A JSON object. */
export type Json = { [key: string]: unknown };

/** An object of a class of Keras's, with the module that the class is in, which Keras 2 didn't write. */
export type KerasObject = Json & { module?: unknown; class_name: string; config: Json };

/** Where a tensor comes from: which layer, in which of its calls, as which of its outputs. */
export type History = [name: string, call: number, output: number];

/** A tensor that flows between layers, as Keras 3 writes it. */
export type SymbolicTensor = KerasObject & { config: { shape?: (number | null)[]; keras_history: History } };

/** A tensor that a layer gets, as Keras 2 writes it, with the call's other arguments. */
export type Keras2Input = [...History, kwargs?: Json | null];

/** A call of a layer, as Keras 2 writes it or Keras 3. */
export type Call = Keras2Input[] | { args: unknown[]; kwargs: Json };

/** A layer, or a model as one. It has the name within its model, where it differs, beside its configuration. */
export type LayerConfig = KerasObject & { name?: string; config: { name: string }; inbound_nodes?: Call[] };

/** A model, which may be within another. */
export type ModelConfig = LayerConfig & { config: { layers: LayerConfig[] } };

/** Whether a value is a JSON object. */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is an object of a class. */
export const isKerasObject = (value: unknown): value is KerasObject =>
  isJson(value) && typeof value.class_name === 'string' && isJson(value.config);

/** Whether a value begins by saying where a tensor comes from. */
export const isHistory = (value: unknown): value is [...History, ...unknown[]] =>
  Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && Number.isInteger(value[2]);

const isShape = (value: unknown) =>
  Array.isArray(value) && value.every((size) => size === null || Number.isInteger(size));

/** Whether a value is a tensor as Keras 3 writes it. */
export const isSymbolicTensor = (value: unknown): value is SymbolicTensor =>
  isKerasObject(value) &&
  value.class_name === '__keras_tensor__' &&
  isHistory(value.config.keras_history) &&
  (value.config.shape === undefined || isShape(value.config.shape));

const isKeras2Input = (value: unknown): value is Keras2Input =>
  isHistory(value) && (value[3] == null || isJson(value[3]));

/** Whether what is saved is a model. */
export const isModel = (layer: LayerConfig): layer is ModelConfig =>
  ['Functional', 'Model', 'Sequential'].includes(layer.class_name);

/** Whether what is saved is no layer but an operation on tensors. */
export const isOperation = ({ module }: LayerConfig) => /^keras(\.src)?\.ops\b/.test(String(module));

/** What the layer is called within its model. */
export const nameOf = ({ name, config }: LayerConfig) => name ?? config.name;

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 200);

type Named = KerasObject & { name?: string; config: { name: string } };

const isNamed = (value: unknown): value is Named =>
  isKerasObject(value) && typeof value.config.name === 'string' && ['string', 'undefined'].includes(typeof value.name);

/** The first Keras 2 wrote of a Sequential nothing but the list of its layers. */
const withoutList = (json: unknown) =>
  isJson(json) && json.class_name === 'Sequential' && Array.isArray(json.config)
    ? { ...json, config: { name: json.name ?? 'sequential', layers: json.config } }
    : json;

function readCall(json: unknown): Call {
  // Keras 2 writes no list where there is but one input.
  const inputs = isHistory(json) ? [json] : json;
  if (Array.isArray(inputs) && inputs.every(isKeras2Input)) return inputs;
  const { args, kwargs = {} } = isJson(json) ? json : {};
  if (Array.isArray(args) && isJson(kwargs)) return { args, kwargs };
  throw new Error(`called with something else than tensors. Received: ${shown(json)}`);
}

/** The layer that an error is about. */
const inLayer = ({ class_name, config }: Named, what: string) =>
  new Error(`The layer '${config.name}' (${class_name}) can't be loaded as it is called: ${what}`);

function readCalls(layer: Named, nodes: unknown): Call[] {
  if (!Array.isArray(nodes)) throw inLayer(layer, `expected a list of calls. Received: ${shown(nodes)}`);
  try {
    return nodes.map(readCall);
  } catch (error) {
    throw inLayer(layer, reason(error));
  }
}

function readLayer(json: unknown, what: string): LayerConfig {
  const saved = withoutList(json);
  if (!isNamed(saved))
    throw new Error(`Expected ${what} to have a class, settings and a name. Received: ${shown(json)}`);
  const { inbound_nodes: nodes, ...rest } = saved;
  const layer: LayerConfig = { ...rest, ...(nodes != null && { inbound_nodes: readCalls(saved, nodes) }) };
  if (!isModel(layer)) return layer;
  const { name, layers } = layer.config;
  if (!Array.isArray(layers)) throw new Error(`Expected the model '${name}' to have a list of layers.`);
  const read = layers.map((inner: unknown) => readLayer(inner, `each layer of '${name}'`));
  return { ...layer, config: { ...layer.config, layers: read } };
}

/**
 * The one way in for Keras's JSON: what a file holds, as a model whose layers, however deep, have a class, settings, a name,
 * and calls that can be followed. Whether the layers are known, and their settings right, is for later.
 *
 * @throws Error naming what is wrong.
 */
export function readModelConfig(json: unknown): ModelConfig {
  const model = readLayer(json, 'the model');
  if (!isModel(model)) throw new Error(`Expected a Functional or Sequential model. Received: ${model.class_name}`);
  return model;
}
