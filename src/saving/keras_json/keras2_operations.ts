import { isOnChannels } from './channel_operations';
import {
  asJson,
  isHistory,
  isJson,
  isKeras2Operation,
  isModel,
  isNumber,
  isShape,
  isSymbolicTensor,
  type Json,
  type LayerConfig,
  calledLayer as layer,
  type ModelConfig,
  nameOf,
  type SymbolicTensor,
} from './types';

/*
 * In Keras 2, what is written between layers is a layer for each operation, `TFOpLambda` with the name of a function of
 * TensorFlow's. Here each becomes a layer that does the same, or an operation of Keras 3 on channels.
 */

type Shape = (number | null)[];

/** An operation: its name, its first argument, and those of the others that say something. */
interface Operation {
  name: string;
  first: unknown;
  rest: Json;
}

/** An operation of Keras 3's. */
const operation = (class_name: string, name: string, args: unknown[], settings: Json = {}): LayerConfig => ({
  module: 'keras.src.ops.numpy',
  class_name,
  name,
  config: { name, ...settings },
  inbound_nodes: [{ args, kwargs: {} }],
});

const outputOf = ({ config: { name } }: LayerConfig, { config: { shape } }: SymbolicTensor): SymbolicTensor => ({
  class_name: '__keras_tensor__',
  config: { ...(shape && { shape }), keras_history: [name, 0, 0] },
});

/** Layers in the place of an operation, of which the last one has its name; undefined where there are none. */
type Translation = (operation: Operation) => LayerConfig[] | undefined;

/** Whether an operation has no other arguments than these. */
const only = ({ rest }: Operation, ...keys: string[]) => Object.keys(rest).every((key) => keys.includes(key));

/** A sum, say, of two tensors, or of one and constants on either side. */
const arithmetic =
  (className: string): Translation =>
  (given) => {
    const { name, first, rest } = given;
    if (!only(given, 'y')) return undefined;
    if (!isSymbolicTensor(first) || !isSymbolicTensor(rest.y)) return [operation(className, name, [first, rest.y])];
    if (className === 'TrueDivide') return undefined;
    if (className !== 'Subtract') return [operation(className, name, [first, rest.y])];
    const negative = layer('Rescaling', `${name}.negative`, { scale: -1, offset: 0 }, rest.y);
    return [negative, operation('Add', name, [first, outputOf(negative, rest.y)])];
  };

const activation =
  (activation: string): Translation =>
  (given) => {
    const { name, first, rest } = given;
    const { axis = -1, approximate = false } = rest;
    if (!only(given, 'axis', 'approximate') || axis !== -1 || approximate !== false) return undefined;
    return [layer('Activation', name, { activation }, first)];
  };

/** Numbers below and above which values are cut off: a ReLU from the lower one on. */
function clipped({ name, first }: Operation, low: unknown, high: unknown): LayerConfig[] | undefined {
  if (!isSymbolicTensor(first) || !isNumber(low) || !(high === null || isNumber(high))) return undefined;
  const down = layer('Rescaling', `${name}.down`, { scale: 1, offset: -low }, first);
  const most = high === null ? {} : { max_value: high - low };
  const relu = layer('ReLU', `${name}.relu`, most, outputOf(down, first));
  return [down, relu, layer('Rescaling', name, { scale: 1, offset: low }, outputOf(relu, first))];
}

/** The greater, or the less, of two tensors, or of one and a number. */
const extreme =
  (className: 'Maximum' | 'Minimum'): Translation =>
  (given) => {
    const { name, first, rest } = given;
    if (!only(given, 'y')) return undefined;
    if (isSymbolicTensor(first) && isSymbolicTensor(rest.y)) return [operation(className, name, [first, rest.y])];
    const [tensor, bound] = isSymbolicTensor(first) ? [first, rest.y] : [rest.y, first];
    if (className === 'Maximum') return clipped({ ...given, first: tensor }, bound, null);
    if (!isSymbolicTensor(tensor) || !isNumber(bound)) return undefined;
    // The less of x and 1 is 1 less what 1 - x is above 0.
    const below = layer('Rescaling', `${name}.below`, { scale: -1, offset: bound }, tensor);
    const relu = layer('ReLU', `${name}.relu`, {}, outputOf(below, tensor));
    return [below, relu, layer('Rescaling', name, { scale: -1, offset: bound }, outputOf(relu, tensor))];
  };

/** The mean, or the greatest, of each channel of pictures. */
const pooling =
  (className: string): Translation =>
  (given) => {
    const { name, first, rest } = given;
    const { axis, keepdims = false } = rest;
    if (!only(given, 'axis', 'keepdims') || !['[1,2]', '[-3,-2]'].includes(JSON.stringify(axis))) return undefined;
    return [layer(className, name, { keepdims }, first)];
  };

const square: Translation = ({ name, first }) => [operation('Multiply', name, [first, first])];

const identity: Translation = ({ name, first }) => [layer('Activation', name, { activation: 'linear' }, first)];

const ALL = { class_name: '__ellipsis__', config: {} };
const whole = (spec: unknown) => isJson(spec) && ['start', 'stop', 'step'].every((key) => spec[key] === null);

/** A slice: along the channels, as Keras 3 has it, or one that adds axes, `x[:, None, None, :]`. */
const slice: Translation = (given) => {
  const { name, first, rest } = given;
  const { slice_spec: specs } = rest;
  if (!Array.isArray(specs) || !only(given, 'slice_spec') || !isSymbolicTensor(first)) return undefined;
  const [last, before] = [specs.at(-1), specs.slice(0, -1)];
  const [batch, ...axes] = specs;
  if (whole(batch) && axes.includes(null) && axes.every((axis) => axis === null || whole(axis))) {
    if (axes.filter(whole).length !== 1) return undefined;
    return [layer('Reshape', name, { target_shape: axes.map((axis) => (axis === null ? 1 : -1)) }, first)];
  }
  const rank = first.config.shape?.length;
  const isAll = before.length === 1 && isJson(before[0]) && before[0].class_name === '__ellipsis__';
  if (!isAll && !(before.every(whole) && specs.length === rank)) return undefined;
  const channels = isJson(last) ? { class_name: '__slice__', config: last } : last;
  return [operation('GetItem', name, [first, [ALL, channels]])];
};

/** Whether an axis, or the only one in a list, is the last one of a tensor. */
function isLast(axis: unknown, tensor: unknown): boolean {
  const [only, ...more] = [axis].flat();
  const rank = isSymbolicTensor(tensor) ? tensor.config.shape?.length : undefined;
  return more.length === 0 && (only === -1 || (rank !== undefined && only === rank - 1));
}

const reverse: Translation = ({ name, first, rest: { axis } }) => {
  const backwards = { class_name: '__slice__', config: { start: null, stop: null, step: -1 } };
  return isLast(axis, first) ? [operation('GetItem', name, [first, [ALL, backwards]])] : undefined;
};

/** Channels by their numbers: each taken, and all stacked. */
const gather: Translation = ({ name, first, rest: { indices, axis, batch_dims = 0 } }) => {
  if (!isSymbolicTensor(first) || !Array.isArray(indices) || !isLast(axis, first) || batch_dims !== 0) return undefined;
  const taken = indices.map((index: unknown, place) => operation('GetItem', `${name}.${place}`, [first, [ALL, index]]));
  return [...taken, operation('Stack', name, [taken.map((each) => outputOf(each, first))], { axis: -1 })];
};

/** Functions by the names that Keras 2 gives them. */
const FUNCTIONS = new Map<string, Translation>([
  ...['__operators__.add', 'math.add'].map((name): [string, Translation] => [name, arithmetic('Add')]),
  ['math.subtract', arithmetic('Subtract')],
  ['math.multiply', arithmetic('Multiply')],
  ['math.truediv', arithmetic('TrueDivide')],
  ['math.divide', arithmetic('TrueDivide')],
  ['math.negative', (given) => [operation('Negative', given.name, [given.first])]],
  [
    'nn.bias_add',
    ({ name, first, rest: { bias, data_format } }) =>
      [undefined, 'NHWC'].includes(data_format as string) ? [operation('Add', name, [first, bias])] : undefined,
  ],
  ['cast', (given) => (given.rest.dtype === 'float32' ? identity(given) : undefined)],
  ['math.square', square],
  ['math.pow', (given) => (given.rest.y === 2 ? square(given) : undefined)],
  ['math.maximum', extreme('Maximum')],
  ['math.minimum', extreme('Minimum')],
  ['clip_by_value', (given) => clipped(given, given.rest.clip_value_min, given.rest.clip_value_max)],
  ...[
    'relu',
    'relu6',
    'sigmoid',
    'tanh',
    'softmax',
    'log_softmax',
    'elu',
    'selu',
    'softplus',
    'softsign',
    'silu',
    'gelu',
  ].flatMap((name) => ['nn', 'math'].map((room): [string, Translation] => [`${room}.${name}`, activation(name)])),
  ['nn.swish', activation('silu')],
  [
    'nn.leaky_relu',
    ({ name, first, rest: { alpha = 0.2 } }) => [layer('LeakyReLU', name, { negative_slope: alpha }, first)],
  ],
  ['math.reduce_mean', pooling('GlobalAveragePooling2D')],
  ['math.reduce_max', pooling('GlobalMaxPooling2D')],
  [
    'reshape',
    ({ name, first, rest: { shape } }) =>
      Array.isArray(shape) && shape[0] === -1
        ? [layer('Reshape', name, { target_shape: shape.slice(1) }, first)]
        : undefined,
  ],
  ['__operators__.getitem', slice],
  ['reverse', reverse],
  ['gather', gather],
  ['compat.v1.gather', gather],
  [
    'stack',
    ({ name, first, rest: { axis } }) => (axis === -1 ? [operation('Stack', name, [first], { axis })] : undefined),
  ],
]);

// Layers that change neither how many axes there are nor how many channels.
const KEEPING =
  /^(MaxPooling2D|AveragePooling2D|BatchNormalization|Activation|ReLU|LeakyReLU|Dropout|Rescaling|Random\w+|Resizing|Normalization|(ZeroPadding|Cropping|UpSampling)2D)$/;

/** The operations of one model, and what is known of the tensors in it. */
class Keras2Operations {
  private readonly byName: Map<string, LayerConfig>;
  private readonly shapes = new Map<string, Shape | undefined>();
  /** For each operation on channels, whose channels they are. */
  private readonly roots = new Map<string, string>();

  constructor({ config: { layers } }: ModelConfig) {
    this.byName = new Map(layers.map((each) => [nameOf(each), each]));
  }

  /** The shape of what a layer gives, as far as it is needed: how many axes, and how many channels. */
  private shapeOf(name: string): Shape | undefined {
    if (this.shapes.has(name)) return this.shapes.get(name);
    // Whoever asks while it is being found out goes round in a ring.
    this.shapes.set(name, undefined);
    const found = this.byName.get(name);
    const shape = found && this.findShape(found);
    this.shapes.set(name, shape);
    return shape;
  }

  private findShape({ class_name, config, inbound_nodes = [] }: LayerConfig): Shape | undefined {
    const { batch_input_shape: given, batch_shape = given, filters, units } = config;
    if (class_name === 'InputLayer') return isShape(batch_shape) ? batch_shape : undefined;
    const call = inbound_nodes[0];
    const [source] = Array.isArray(call)
      ? [call[0]]
      : [call?.args].flat(2).map((arg) => (isSymbolicTensor(arg) ? arg.config.keras_history : undefined));
    const before = isHistory(source) ? this.shapeOf(source[0]) : undefined;
    if (/^(Separable)?Conv2D(Transpose)?$/.test(class_name) && isNumber(filters)) return [null, null, null, filters];
    if (class_name === 'Dense' && isNumber(units)) return before && [...before.slice(0, -1), units];
    return KEEPING.test(class_name) ? before : undefined;
  }

  /** A tensor with its shape, its calls counted as Keras 3 counts them: those of a model from 0. */
  private tensor(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.tensor(each));
    if (!isSymbolicTensor(value)) return value;
    const [name, call, output] = value.config.keras_history;
    const shape = output === 0 ? this.shapeOf(name) : undefined;
    const source = this.byName.get(name);
    const counted = source && isModel(source) ? call - 1 : call;
    return { ...value, config: { ...(shape && { shape }), keras_history: [name, counted, output] } };
  }

  /** Whose channels a tensor has. */
  private rootOf(value: unknown): string | undefined {
    if (!isSymbolicTensor(value)) return undefined;
    return this.roots.get(value.config.keras_history[0]);
  }

  private concatenate({ name, first, rest: { axis } }: Operation): LayerConfig[] | undefined {
    if (!Array.isArray(first) || !first.every(isSymbolicTensor) || !isNumber(axis)) return undefined;
    const roots = new Set(first.map((part) => this.rootOf(part)));
    if (roots.size === 1 && !roots.has(undefined)) return [operation('Concatenate', name, [first], { axis: -1 })];
    return [layer('Concatenate', name, { axis }, first)];
  }

  /**
   * The layers in the place of one.
   *
   * @throws Error naming the operation that nothing stands in for.
   */
  replace(saved: LayerConfig): LayerConfig[] {
    const { config, inbound_nodes = [] } = saved;
    const name = nameOf(saved);
    const [call, ...more] = inbound_nodes;
    const { function: called } = config;
    if (!call || Array.isArray(call)) throw new Error(`The operation '${name}' is not called.`);
    const said = Object.entries(call.kwargs).filter(([key, value]) => key !== 'name' && value !== null);
    const rest = Object.fromEntries(said.map(([key, value]) => [key, this.tensor(value)]));
    const given: Operation = { name, first: this.tensor(call.args[0]), rest };
    const translate = called === 'concat' ? this.concatenate.bind(this) : FUNCTIONS.get(String(called));
    const layers = more.length === 0 ? translate?.(given) : undefined;
    if (!layers) {
      const how = asJson(Object.fromEntries(said));
      throw new Error(
        `The operation '${name}' (${saved.class_name}) can't be loaded. Expected a function that layers can stand in for: ` +
          `${[...FUNCTIONS.keys(), 'concat'].join(', ')}. Received: tf.${called} with ${how}`,
      );
    }
    const source = [given.first, rest.y].flat().find(isSymbolicTensor);
    this.shapes.set(name, this.shapeAfter(layers.at(-1)!, source));
    if (source && layers.every(isOnChannels)) {
      const { shape, keras_history } = source.config;
      const root = this.rootOf(source) ?? (shape?.length === 4 && shape[3] ? JSON.stringify(keras_history) : undefined);
      if (root !== undefined) this.roots.set(name, root);
    }
    return layers;
  }

  /** What is known of the shape of what was put in the place of an operation. */
  private shapeAfter({ class_name, config }: LayerConfig, source: SymbolicTensor | undefined): Shape | undefined {
    const { shape } = source?.config ?? {};
    if (/^Global/.test(class_name)) return config.keepdims ? shape : shape && [shape[0]!, shape.at(-1)!];
    const keeps = /^(Add|Subtract|Multiply|TrueDivide|Negative|Maximum|Minimum|Activation|Rescaling|LeakyReLU)$/;
    return keeps.test(class_name) ? shape : undefined;
  }
}

/**
 * Replaces the operations of Keras 2 in the configuration of a model, and of the models in it: by layers that do the same, or by
 * operations of Keras 3 on channels.
 *
 * @throws Error naming the operation that nothing stands in for.
 */
export function replaceKeras2Operations(model: ModelConfig): ModelConfig {
  const operations = new Keras2Operations(model);
  const layers = model.config.layers.flatMap((each) => {
    if (isModel(each)) return [replaceKeras2Operations(each)];
    return isKeras2Operation(each) ? operations.replace(each) : [each];
  });
  return { ...model, config: { ...model.config, layers } };
}
