/*
 * Keras's JSON: Keras 3's, in `.keras` and new `.h5`, and Keras 2's, in old `.h5` and, written by tfjs, in `model.json`.
 * A file may hold anything: what comes from one is unknown until `readModelConfig` has looked at it.
 */

import { reason } from '../../utils/reason';
import { shown } from '../../utils/shown';

// Keras's largest network has about 1000 layers; models are called too, and leave room for more.
const MAX_CALLS = 2500;
// Models within models, and the lists of tensors that they are called with, take some dozen.
const MAX_DEPTH = 200;
// A sum or concatenation of all layers before it is the most that a call takes, and few layers are one.
const MAX_TENSORS = 4 * MAX_CALLS;

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

/** What a layer is set to. Those that call others, one time step after another, say, hold them among their settings. */
export type LayerSettings = Json & { name: string; layer?: LayerConfig; cell?: LayerConfig; cells?: LayerConfig[] };

/** A layer, or a model as one. It has the name within its model, where it differs, beside its configuration. */
export type LayerConfig = KerasObject & { name?: string; config: LayerSettings; inbound_nodes?: Call[] };

/** A model, which may be within another. */
export type ModelConfig = LayerConfig & { config: { layers: LayerConfig[] } };

/** Whether a value is a JSON object. */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is a number. */
export const isNumber = (value: unknown): value is number => typeof value === 'number';

/** A layer that is called once, on these inputs, as Keras 3 writes it. */
export const calledLayer = (class_name: string, name: string, settings: Json, inputs: unknown): LayerConfig => ({
  class_name,
  name,
  config: { name, ...settings },
  inbound_nodes: [{ args: [inputs], kwargs: {} }],
});

/** Whether a value is an object of a class. */
export const isKerasObject = (value: unknown): value is KerasObject =>
  isJson(value) && typeof value.class_name === 'string' && isJson(value.config);

/** Whether a value is Keras's word for numbers that are none of JSON's: a generator's seed, an array of NumPy or TensorFlow. */
export const isWrapped = (value: unknown): value is KerasObject =>
  isKerasObject(value) && ['SeedGenerator', '__numpy__', '__tensor__'].includes(value.class_name);

/** Whether a value begins by saying where a tensor comes from. */
export const isHistory = (value: unknown): value is [...History, ...unknown[]] =>
  Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && Number.isInteger(value[2]);

/** Whether a value is a shape, whose open sizes are null. */
export const isShape = (value: unknown): value is (number | null)[] =>
  Array.isArray(value) && value.every((size) => size === null || (Number.isSafeInteger(size) && size >= 0));

/** Whether a value is a tensor as Keras 3 writes it. */
export const isSymbolicTensor = (value: unknown): value is SymbolicTensor =>
  isKerasObject(value) &&
  value.class_name === '__keras_tensor__' &&
  isHistory(value.config.keras_history) &&
  (value.config.shape === undefined || isShape(value.config.shape));

const isKeras2Input = (value: unknown): value is Keras2Input =>
  isHistory(value) && (value[3] == null || isJson(value[3]));

/** Whether what is saved is a model. */
export const isModel = <Layer extends KerasObject>(layer: Layer): layer is Layer & ModelConfig =>
  ['Functional', 'Model', 'Sequential'].includes(layer.class_name);

/** Whether what is saved is no layer but an operation on tensors. */
export const isOperation = ({ module }: LayerConfig) =>
  typeof module === 'string' && /^keras(\.src)?\.ops\b/.test(module);

/** Whether what is saved is an operation on tensors as Keras 2 writes it: a function of TensorFlow's, or a slice. */
export const isKeras2Operation = ({ class_name }: KerasObject) =>
  ['TFOpLambda', 'SlicingOpLambda'].includes(class_name);

/** What the layer is called within its model. */
export const nameOf = ({ name, config }: LayerConfig) => name ?? config.name;

/** A value as an error has it. */
export const asJson = (value: unknown) => JSON.stringify(value)?.slice(0, 200);

type Named = KerasObject & { name?: string; config: Json & { name: string } };

const isNamed = (value: unknown): value is Named =>
  isKerasObject(value) && typeof value.config.name === 'string' && ['string', 'undefined'].includes(typeof value.name);

/** The first Keras 2 wrote of a Sequential nothing but the list of its layers. */
const withoutList = (json: unknown) =>
  isJson(json) && json.class_name === 'Sequential' && Array.isArray(json.config)
    ? { ...json, config: { name: json.name ?? 'sequential', layers: json.config } }
    : json;

/** How much of a model was read, which is all that is worked on afterwards. */
interface Count {
  layers: number;
  calls: number;
  tensors: number;
}

function count(counted: Count, what: keyof Count, more: number): void {
  counted[what] += more;
  const most = what === 'tensors' ? MAX_TENSORS : MAX_CALLS;
  if (counted[what] > most) throw new Error(`it has more than ${most} ${what}, which no network has`);
}

function readCall(json: unknown, counted: Count): Call {
  // Keras 2 writes no list where there is but one input.
  const inputs = isHistory(json) ? [json] : json;
  const { args, kwargs = {} } = isJson(json) ? json : {};
  count(counted, 'tensors', Array.isArray(inputs) ? inputs.length : [args].flat(2).length);
  if (Array.isArray(inputs) && inputs.every(isKeras2Input)) return inputs;
  if (Array.isArray(args) && isJson(kwargs)) return { args, kwargs };
  throw new Error(`called with something else than tensors. Received: ${asJson(json)}`);
}

const symbolic = ([name, call, output]: [...History, ...unknown[]]): SymbolicTensor => ({
  class_name: '__keras_tensor__',
  config: { keras_history: [name, call, output] },
});

/**
 * A call of an operation of Keras 2: `["name", 0, 0, {"y": 2}]`, or `["_CONSTANT_VALUE", -1, 1, {"y": ["name", 0, 0]}]`. Where it
 * gets a list of tensors, each repeats the other arguments.
 */
function readOperationCall(json: unknown, counted: Count): Call {
  const isInput = (value: unknown): value is unknown[] =>
    Array.isArray(value) && typeof value[0] === 'string' && (value[3] == null || isJson(value[3]));
  const inputs: unknown = isInput(json) ? [json] : json;
  if (!Array.isArray(inputs) || !inputs[0] || !inputs.every(isInput)) {
    throw new Error(`called with something else than tensors. Received: ${asJson(json)}`);
  }
  count(counted, 'tensors', inputs.length);
  const args = inputs.map((input): unknown => (isHistory(input) && input[1] >= 0 ? symbolic(input) : input[2]));
  const [, , , rest] = inputs[0];
  const kwargs = Object.entries(isJson(rest) ? rest : {}).map(([key, value]) => [
    key,
    isHistory(value) ? symbolic(value) : value,
  ]);
  return { args: isInput(json) ? args : [args], kwargs: Object.fromEntries(kwargs) };
}

/** The layer that an error is about. */
const inLayer = ({ class_name, config }: Named, what: string) =>
  new Error(`The layer '${config.name}' (${class_name}) can't be loaded as it is called: ${what}`);

function readCalls(layer: Named, nodes: unknown, counted: Count): Call[] {
  if (!Array.isArray(nodes)) throw inLayer(layer, `expected a list of calls. Received: ${asJson(nodes)}`);
  count(counted, 'calls', nodes.length);
  try {
    return nodes.map((node) => (isKeras2Operation(layer) ? readOperationCall : readCall)(node, counted));
  } catch (error) {
    throw inLayer(layer, reason(error));
  }
}

/** The layers among the settings of one that is no model. */
function readInner({ config }: Named, counted: Count): LayerSettings {
  const { layer, cell, cells, ...rest } = config;
  const read = (inner: unknown) => readLayer(inner, `each layer in '${config.name}'`, counted);
  return {
    ...rest,
    ...(layer != null && { layer: read(layer) }),
    ...(cell != null && { cell: read(cell) }),
    ...(Array.isArray(cells) && { cells: cells.map(read) }),
  };
}

function readLayer(json: unknown, what: string, counted: Count): LayerConfig {
  const saved = withoutList(json);
  if (!isNamed(saved)) {
    const names = isJson(saved) ? [saved.name, isJson(saved.config) && saved.config.name] : [];
    const called = names.find((name) => typeof name === 'string');
    const received = `${asJson(json)}${called === undefined ? '' : `, called '${called}'`}`;
    throw new Error(`Expected ${what} to have a class, settings and a name. Received: ${received}`);
  }
  // Whatever tells of a layer later, `summary()` too, prints its names.
  const odd = [saved.name, saved.config.name].find((name) => name !== undefined && shown(name) !== name);
  if (odd !== undefined)
    throw new Error(`Expected ${what} to have a name that can be printed. Received: ${asJson(odd)}`);
  count(counted, 'layers', 1);
  const { inbound_nodes: nodes, ...rest } = saved;
  const calls = nodes != null && { inbound_nodes: readCalls(saved, nodes, counted) };
  if (!isModel(saved)) return { ...rest, config: readInner(saved, counted), ...calls };
  const { name, layers } = saved.config;
  if (!Array.isArray(layers)) throw new Error(`Expected the model '${name}' to have a list of layers.`);
  const read = layers.map((inner: unknown) => readLayer(inner, `each layer of '${name}'`, counted));
  return { ...rest, config: { ...saved.config, layers: read }, ...calls };
}

/** @throws Error when a value lies deeper than any in a model, so deep that who follows it comes to no end. */
export function checkDepth(json: unknown): void {
  let level = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw new Error(`it holds values more than ${MAX_DEPTH} levels deep`);
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
}

/**
 * The one way in for Keras's JSON: what a file holds, as a model whose layers, however deep, have a class, settings, a name,
 * and calls that can be followed, no more of them than any network has. Whether the layers are known, and their settings
 * right, is for later.
 *
 * @throws Error naming what is wrong.
 */
export function readModelConfig(json: unknown): ModelConfig {
  checkDepth(json);
  const model = readLayer(json, 'the model', { layers: 0, calls: 0, tensors: 0 });
  if (!isModel(model)) throw new Error(`Expected a Functional or Sequential model. Received: ${model.class_name}`);
  return model;
}
