import { layerRecord } from '../../tfjs/layer_records';
import { camelCase } from '../../utils/camel_case';
import { kerasObject } from './keras_object';
import { asJson, isJson, isKerasObject, isWrapped, type Json } from './types';

// Keras 3's name of each activation, then tfjs's or, of those that tfjs lacks, Thaw's; of two names the first is written.
const ACTIVATIONS = new Map(
  Object.entries({
    celu: 'celu',
    elu: 'elu',
    exponential: 'exponential',
    gelu: 'gelu',
    hard_shrink: 'hardShrink',
    // tfjs's `hardSigmoid` is Keras 2's, another function.
    hard_sigmoid: 'hardSigmoid6',
    hard_silu: 'hardSilu',
    hard_swish: 'hardSilu',
    hard_tanh: 'hardTanh',
    leaky_relu: 'leakyRelu',
    linear: 'linear',
    log_sigmoid: 'logSigmoid',
    log_softmax: 'logSoftmax',
    mish: 'mish',
    relu: 'relu',
    relu6: 'relu6',
    selu: 'selu',
    sigmoid: 'sigmoid',
    silu: 'swish',
    softmax: 'softmax',
    soft_shrink: 'softShrink',
    softplus: 'softplus',
    softsign: 'softsign',
    sparse_plus: 'sparsePlus',
    sparse_sigmoid: 'sparseSigmoid',
    squareplus: 'squareplus',
    swish: 'swish',
    tanh: 'tanh',
    tanh_shrink: 'tanhShrink',
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
const DEFAULTS = new Map<string, unknown>([
  ['data_format', 'channels_last'],
  ['groups', 1],
  ['keepdims', false],
  ['negative_slope', 0],
  ['threshold', 0],
]);

// Python takes an empty list for no, JavaScript for yes.
const FLAGS = new Set(['use_bias', 'center', 'keepdims', 'antialias', 'crop_to_aspect_ratio', 'pad_to_aspect_ratio']);

const REGULARIZERS = ['L1', 'L2', 'L1L2'];

/** Settings that are numbers, lists of them, or yes and no: never a text, which tfjs would reckon with all the same. */
const NUMBERS = new Set([
  ...['alpha', 'axis', 'center', 'cropping', 'depth_multiplier', 'dilation_rate', 'dims', 'drop_path_rate', 'epsilon'],
  ...['fill_value', 'filters', 'groups', 'height', 'init_values', 'keepdims', 'kernel_size', 'max_value', 'momentum'],
  ...['negative_slope', 'noise_shape', 'offset', 'output_padding', 'pool_size', 'projection_dim', 'rate', 'scale'],
  ...['seed', 'shared_axes', 'size', 'stddev', 'strides', 'target_shape', 'threshold', 'units', 'use_bias', 'width'],
]);

function unknown(key: string, value: unknown, known: Iterable<string>): Error {
  const received = isKerasObject(value) ? value.class_name : value;
  return new Error(`Expected its ${key} to be one of: ${[...known].join(', ')}. Received: ${asJson(received)}`);
}

/** Settings as tfjs's constructors take them: names and choices in camel case, numbers that NumPy wrote as numbers. */
export const camelCaseAll = (settings: Json): Json =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [camelCase(key), key === 'name' ? value : camelCaseValue(value)]),
  );

function camelCaseValue(value: unknown): unknown {
  if (typeof value === 'string') return camelCase(value);
  if (Array.isArray(value)) return value.map(camelCaseValue);
  if (!isJson(value)) return value;
  return value.type === 'ndarray' && typeof value.value === 'number' ? value.value : camelCaseAll(value);
}

/** Whether a value, or one in it where it is a list, is such. */
const holds = (value: unknown, such: (value: unknown) => boolean): boolean =>
  such(value) || (Array.isArray(value) && value.flat(Number.POSITIVE_INFINITY).some(such));

const isText = (value: unknown) => typeof value === 'string';
/** Whether float32, in which all is computed, would make it infinite. */
const isBeyondFloat32 = (value: unknown) => typeof value === 'number' && !Number.isFinite(Math.fround(value));

/** @throws Error naming a setting of an initializer that is neither a number nor one of its few choices. */
function checkInitializer(key: string, settings: Json): void {
  for (const [name, value] of Object.entries(settings)) {
    const isChoice = ['mode', 'distribution', 'dtype'].includes(name) && typeof value === 'string';
    if (value !== null && !isChoice && !['number', 'boolean'].includes(typeof value)) {
      throw new Error(`Expected the ${name} of its ${key} to be a number. Received: ${asJson(value)}`);
    }
  }
}

function readInitializer(key: string, value: unknown): Json {
  const className = isKerasObject(value) ? INITIALIZERS.get(value.class_name) : undefined;
  if (!isKerasObject(value) || className === undefined) {
    throw unknown(key, value, INITIALIZERS.keys());
  }
  const { seed = null, distribution } = value.config;
  const settings = { ...value.config, seed: isKerasObject(seed) ? (seed.config.seed ?? null) : seed };
  checkInitializer(key, settings);
  return {
    className,
    config: {
      ...camelCaseAll(settings),
      ...(typeof distribution === 'string' && distribution.endsWith('normal') && { distribution: 'normal' }),
    },
  };
}

function readRegularizer(key: string, value: unknown): Json {
  if (!isKerasObject(value) || !REGULARIZERS.includes(value.class_name)) {
    throw unknown(key, value, REGULARIZERS);
  }
  const { l1 = 0, l2 = 0 } = value.config;
  if (typeof l1 !== 'number' || typeof l2 !== 'number') throw unknown(key, value.config, ['numbers l1 and l2']);
  return { className: 'L1L2', config: { l1, l2 } };
}

function readSetting(key: string, value: unknown): unknown {
  if (value === null || value === undefined) {
    return null;
  }
  if (key === 'activation') {
    const activation = typeof value === 'string' ? ACTIVATIONS.get(value) : undefined;
    if (activation === undefined) throw unknown(key, value, ACTIVATIONS.keys());
    return activation;
  }
  if (key.endsWith('initializer')) {
    return readInitializer(key, value);
  }
  if (key.endsWith('regularizer')) {
    return readRegularizer(key, value);
  }
  if (FLAGS.has(key) && typeof value === 'object') {
    throw new Error(`Expected its ${key} to be one value. Received: ${asJson(value)}`);
  }
  if (NUMBERS.has(key) && holds(value, isText)) {
    throw new Error(`Expected its ${key} to be no text. Received: ${asJson(value)}`);
  }
  if (NUMBERS.has(key) && holds(value, isBeyondFloat32)) {
    throw new Error(`Expected its ${key} to be a number that float32 can hold. Received: ${value}`);
  }
  if (isKerasObject(value)) {
    if (!isWrapped(value)) throw unknown(key, value, ['numbers']);
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
    // tfjs puts it in snake case on the way.
    const [activation] = [...ACTIVATIONS].find(([, name]) => name === camelCase(String(value))) ?? [];
    if (activation === undefined) throw unknown(key, value, ACTIVATIONS.keys());
    return activation;
  }
  if (!isKerasObject(value)) {
    return value ?? DEFAULTS.get(key) ?? null;
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
