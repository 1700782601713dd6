// What can be loaded is what is known of layers: Thaw's own are known once they are imported.
import '../../layers';
import * as tf from '../../tf';
import { StockActivation } from '../../tfjs/keras_activations';
import { layerClasses } from '../../tfjs/layer_records';
import { registeredClass } from '../../tfjs/registered_class';
import { camelCase } from '../../utils/camel_case';
import { INPUTS, typeOf, unknownLayer } from '../keras_json/check_layer';
import type { Words } from '../keras_json/deserialize_model';
import { camelCaseAll } from '../keras_json/keras_settings';
import { asJson, isJson, isShape, type Json, type LayerConfig } from '../keras_json/types';

type Layer = tf.layers.Layer;
type Serializable = tf.serialization.Serializable;

/*
 * tfjs reads Keras 2's words with its names in snake case, in camel case, or in any mixture, and makes whatever class is
 * named wherever one may be. Thaw puts the names in one spelling, and makes what is of the kind that belongs in its place.
 */

// What Thaw looks at, as Keras writes it.
const KERAS_NAMES = ['batch_input_shape', 'class_name', 'inbound_nodes', 'input_layers', 'output_layers'];
const SPELLINGS = new Map(KERAS_NAMES.map((name) => [camelCase(name), name]));

/**
 * The JSON of a model of tfjs's, however its names are spelled, as tfjs would read it: what Thaw looks at as Keras writes it,
 * the others in camel case.
 *
 * @param what What it lies in, for an error: a layer, once there is one.
 * @throws Error naming what is there in two spellings, of which tfjs would take the last, and in which layer.
 */
export function inOneSpelling(json: unknown, what = 'it'): unknown {
  if (Array.isArray(json)) return json.map((each) => inOneSpelling(each, what));
  if (!isJson(json)) return json;
  const { name: own } = isJson(json.config) ? json.config : {};
  const within = typeof own === 'string' ? `the layer '${own}'` : what;
  const read = new Map<string, unknown>();
  for (const [key, value] of Object.entries(json)) {
    const camel = camelCase(key);
    const name = SPELLINGS.get(camel) ?? camel;
    if (read.has(name)) throw new Error(`${within} has '${name}' in two spellings. Received: ${asJson(json)}`);
    // Below it are the names of weights.
    read.set(name, name === 'weights' ? value : inOneSpelling(value, within));
  }
  return Object.fromEntries(read);
}

const parentOf = (object: object): Serializable => Object.getPrototypeOf(Object.getPrototypeOf(object));

/** What kind of object belongs in a setting whose name ends so, and tfjs's short names of such. */
const KINDS = new Map<string, { kind: Serializable; short: object }>([
  ['initializer', { kind: parentOf(tf.initializers.zeros()), short: tf.initializers }],
  ['regularizer', { kind: parentOf(tf.regularizers.l1l2()), short: tf.regularizers }],
  ['constraint', { kind: parentOf(tf.constraints.nonNeg()), short: tf.constraints }],
  ['activation', { kind: StockActivation.prototype, short: {} }],
]);

// Those of an input, and what comes of comparing.
const TYPES = [...INPUTS, 'bool'];

const refuse = (key: string, expected: string, value: unknown) =>
  new Error(`Expected its ${key} to be ${expected}. Received: ${asJson(value)}`);

/** @throws Error naming a setting that holds an object of some class where none belongs. */
function checkPlain(key: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, 'className')) throw refuse(key, 'no object of a class', value);
  for (const inner of Object.values(value)) checkPlain(key, inner);
}

/** @throws Error naming a setting that is no object of the kind that belongs there. */
function checkSetting(key: string, value: unknown): void {
  const [word, found] = [...KINDS].find(([word]) => key.toLowerCase().endsWith(word)) ?? [];
  if (!found || value === null) {
    checkPlain(key, value);
    return;
  }
  const { className = value, config = {} } = isJson(value) ? value : {};
  const isKnown =
    typeof className === 'string' &&
    (registeredClass(className, found.kind) || (className === value && Object.hasOwn(found.short, className)));
  if (!isKnown || !isJson(config)) throw refuse(key, `one of tfjs's kind ${word}`, value);
  checkPlain(key, config);
}

/** The settings of a layer as tfjs's constructor takes them, each of a kind that belongs there. */
function readSettings({ dtype = null, ...saved }: Json): Json {
  const settings = camelCaseAll(saved);
  for (const [key, value] of Object.entries(settings)) checkSetting(key, value);
  const { weights = null, batchInputShape = null } = settings;
  if (weights !== null) throw refuse('weights', 'none: they are in the files beside', weights);
  if (batchInputShape !== null && !isShape(batchInputShape))
    throw refuse('batchInputShape', 'a shape', batchInputShape);
  const type = typeOf({ dtype });
  if (!TYPES.includes(type)) throw refuse('dtype', 'float32', dtype);
  return { ...settings, ...(dtype !== null && { dtype: type }) };
}

function makeTfjsLayer({ class_name: name, config }: LayerConfig, make: (inner: LayerConfig) => Layer): Serializable {
  const found = registeredClass(name, tf.layers.Layer.prototype);
  if (!found) throw unknownLayer(name, config.name, ['Sequential', 'Functional', ...layerClasses()]);
  const { layer, cell, cells, ...rest } = config;
  const settings = readSettings(rest);
  const inner = {
    ...(layer && { layer: make(layer) }),
    ...(cell && { cell: make(cell) }),
    ...(cells && { cells: cells.map(make) }),
  };
  // It makes two more of what it has: of another of its class twice as many each.
  if (name === 'Bidirectional' && !(inner.layer instanceof tf.RNN)) throw refuse('layer', 'a recurrent one', layer);
  const [layerClass, fromConfig] = found;
  return Object.keys(inner).length > 0
    ? new layerClass({ ...settings, ...inner })
    : fromConfig(layerClass, settings as tf.serialization.ConfigDict);
}

/** tfjs's words, which are Keras 2's but for what it means otherwise. */
export const TFJS: Words = {
  makeLayer: (saved, _input, make) => makeTfjsLayer(saved, make),
  hidesInput: false,
};
