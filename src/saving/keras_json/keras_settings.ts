import { layerRecord } from '../../tfjs/layer_records';
import { kerasObject } from './keras_object';
import { isJson, isKerasObject, type Json } from './types';

// Keras's name of each activation, then tfjs's. Keras 3's `hard_sigmoid` is another function than tfjs's.
const ACTIVATIONS = new Map(
  Object.entries({
    elu: 'elu',
    gelu: 'gelu',
    linear: 'linear',
    log_softmax: 'logSoftmax',
    mish: 'mish',
    relu: 'relu',
    relu6: 'relu6',
    selu: 'selu',
    sigmoid: 'sigmoid',
    silu: 'swish',
    softmax: 'softmax',
    softplus: 'softplus',
    softsign: 'softsign',
    swish: 'swish',
    tanh: 'tanh',
  }),
);

// Keras's name of each initializer, then tfjs's.
const INITIALIZERS = new Map(
  Object.entries({
    Constant: 'Constant',
    GlorotNormal: 'GlorotNormal',
    GlorotUniform: 'GlorotUniform',
    HeNormal: 'HeNormal',
    HeUniform: 'HeUniform',
    Identity: 'Identity',
    LecunNormal: 'LeCunNormal',
    LecunUniform: 'LeCunUniform',
    Ones: 'Ones',
    Orthogonal: 'Orthogonal',
    RandomNormal: 'RandomNormal',
    RandomUniform: 'RandomUniform',
    TruncatedNormal: 'TruncatedNormal',
    VarianceScaling: 'VarianceScaling',
    Zeros: 'Zeros',
  }),
);

// What Keras has where a layer of tfjs says nothing.
const DEFAULTS: Json = { data_format: 'channels_last', keepdims: false };

const REGULARIZERS = ['L1', 'L2', 'L1L2'];

function unknown(key: string, value: unknown, known: Iterable<string>): Error {
  const received = isKerasObject(value) ? value.class_name : value;
  return new Error(`Expected its ${key} to be one of: ${[...known].join(', ')}. Received: ${JSON.stringify(received)}`);
}

const camelCase = (name: string) => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Settings as tfjs's constructors take them: names and choices in camel case. */
const camelCaseAll = (settings: Json): Json =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [camelCase(key), camelCaseValue(value)]));

function camelCaseValue(value: unknown): unknown {
  if (typeof value === 'string') return camelCase(value);
  if (Array.isArray(value)) return value.map(camelCaseValue);
  return isJson(value) ? camelCaseAll(value) : value;
}

function readInitializer(key: string, value: unknown): Json {
  const className = isKerasObject(value) ? INITIALIZERS.get(value.class_name) : undefined;
  if (!isKerasObject(value) || className === undefined) {
    throw unknown(key, value, INITIALIZERS.keys());
  }
  const { seed, distribution } = value.config;
  return {
    className,
    config: {
      ...camelCaseAll(value.config),
      seed: isKerasObject(seed) ? seed.config.seed : seed,
      ...(String(distribution).endsWith('normal') && { distribution: 'normal' }),
    },
  };
}

function readRegularizer(key: string, value: unknown): Json {
  if (!isKerasObject(value) || !REGULARIZERS.includes(value.class_name)) {
    throw unknown(key, value, REGULARIZERS);
  }
  const { l1 = 0, l2 = 0 } = value.config;
  return { className: 'L1L2', config: { l1, l2 } };
}

function readSetting(key: string, value: unknown): unknown {
  if (value === null || value === undefined) {
    return null;
  }
  if (key === 'activation') {
    const activation = ACTIVATIONS.get(String(value));
    if (activation === undefined) throw unknown(key, value, ACTIVATIONS.keys());
    return activation;
  }
  if (key.endsWith('initializer')) {
    return readInitializer(key, value);
  }
  if (key.endsWith('regularizer')) {
    return readRegularizer(key, value);
  }
  if (isKerasObject(value)) {
    // A generator of random numbers, or an array of NumPy.
    return value.config.seed ?? value.config.value ?? null;
  }
  return camelCaseValue(value);
}

/** A layer's settings in Keras's words as tfjs's constructor takes them. `settings` are those that count. */
export function readSettings(className: string, config: Json, settings: readonly string[]): Json {
  const own = Object.fromEntries(settings.map((key) => [key, config[key]]));
  const read = { ...own, ...layerRecord(className)?.fromKeras?.(config) };
  return Object.fromEntries(Object.entries(read).map(([key, value]) => [camelCase(key), readSetting(key, value)]));
}

function serializeSetting(key: string, value: unknown): unknown {
  if (key === 'activation') {
    const activation = value === 'swish' ? 'silu' : String(value);
    if (!ACTIVATIONS.has(activation)) throw unknown(key, value, ACTIVATIONS.keys());
    return activation;
  }
  if (!isKerasObject(value)) {
    return value ?? DEFAULTS[key] ?? null;
  }
  const module = key.endsWith('initializer') ? 'keras.initializers' : 'keras.regularizers';
  // tfjs says "normal" for what Keras calls "truncated_normal": it draws no further than two deviations either.
  const distribution = value.config.distribution === 'normal' && { distribution: 'truncated_normal' };
  const { class_name, config } = value;
  return kerasObject(module, class_name, { ...config, ...distribution });
}

/** A layer's configuration as tfjs gives it in Keras's words: what Keras calls or means otherwise is put right. */
export function kerasConfig(className: string, config: Json): Json {
  return { ...config, ...layerRecord(className)?.toKeras?.(config) };
}

/** A layer's settings, its configuration already in Keras's words, as Keras 3 writes them. */
export function serializeSettings(config: Json, settings: readonly string[]): Json {
  return Object.fromEntries(settings.map((key) => [key, serializeSetting(key, config[key])]));
}
