import type { WeightArray } from '../hdf5/weight_array';
import {
  calledLayer,
  isHistory,
  isJson,
  isKerasObject,
  isModel,
  isNumber,
  isOperation,
  isSymbolicTensor,
  isWrapped,
  type Json,
  type LayerConfig,
  type ModelConfig,
  type SymbolicTensor,
} from './types';

/*
 * In Python, `preprocess_input` called within a model adds no layer but operations on channels: takes them one by one,
 * stacks them in another order, adds constants, divides. All of that together is one convolution of 1×1 that is never
 * trained, which tfjs has, and every program that opens the model after it.
 */

/** Channels that each are a weighted sum of the channels of `source`, plus a constant. */
interface Channels {
  source: SymbolicTensor;
  rows: number[][];
  biases: number[];
  /** Whether it is one channel, without an axis for it. */
  taken: boolean;
  /** Whether how many there are isn't known, or they are none of pictures: the one row stands for each. */
  uniform: boolean;
}

/** The first call of a layer; Keras 2 had no operations. */
function firstCall({ inbound_nodes: [call] = [] }: LayerConfig): { args: unknown[]; kwargs: Json } {
  return call && 'args' in call ? call : { args: [], kwargs: {} };
}

/** Whether it works on the channels of one tensor. A sum of two, say, is another matter: there are layers for that. */
export function isOnChannels(layer: LayerConfig): boolean {
  const { args } = firstCall(layer);
  return isOperation(layer) && !(args.length > 1 && args.every(isSymbolicTensor));
}

/** The numbers of a constant along the channels: a scalar, or an array whose other sizes are 1. */
function constants(value: unknown, count: number): number[] | undefined {
  const numbers: unknown[] = [isWrapped(value) ? value.config.value : value].flat(Number.POSITIVE_INFINITY);
  if (!numbers.every(isNumber)) return undefined;
  if (new Set(numbers).size === 1) return Array(count).fill(numbers[0]);
  return numbers.length === count ? numbers : undefined;
}

interface Step {
  factor: number;
  bias: number;
}

/** What an operation with a constant does to a channel that is multiplied by a factor and has a bias added. */
const ARITHMETIC = new Map<string, (constant: number) => Step>([
  ['Add', (constant) => ({ factor: 1, bias: constant })],
  ['Subtract', (constant) => ({ factor: 1, bias: -constant })],
  ['Multiply', (constant) => ({ factor: constant, bias: 0 })],
  ['Divide', (constant) => ({ factor: 1 / constant, bias: 0 })],
  ['TrueDivide', (constant) => ({ factor: 1 / constant, bias: 0 })],
]);

/** The same where the constant comes first. */
const CONSTANT_FIRST = new Map<string, (constant: number) => Step>([
  ['Add', (constant) => ({ factor: 1, bias: constant })],
  ['Subtract', (constant) => ({ factor: -1, bias: constant })],
  ['Multiply', (constant) => ({ factor: constant, bias: 0 })],
]);

/** The items that a slice as Keras writes it takes, as Python does. */
function slice<T>(items: T[], { start, stop, step }: Json): T[] | undefined {
  const by = step ?? 1;
  if (!Number.isInteger(by) || by === 0) return undefined;
  const [from, to] = [start, stop].map((value) => (Number.isInteger(value) ? Number(value) : undefined));
  if (Number(by) > 0) return items.slice(from, to).filter((_, index) => index % Number(by) === 0);
  // Backwards: only all of them.
  return from === undefined && to === undefined
    ? [...items].reverse().filter((_, index) => index % -Number(by) === 0)
    : undefined;
}

// Pictures have few channels, and what prepares them is few operations: more is no `preprocess_input`.
const MAX_CHANNELS = 64;
const MAX_OPERATIONS = 1000;

/** Finds out what the operations of one model do to channels. */
class Operations {
  private readonly known = new Map<string, Channels>();
  private readonly begun = new Set<string>();

  constructor(private readonly byName: Map<string, LayerConfig>) {}

  /** The channels of a tensor; of one that no operation gives, its own. */
  private channels(tensor: SymbolicTensor): Channels {
    const { shape = [], keras_history } = tensor.config;
    const operation = this.byName.get(keras_history[0]);
    if (operation) return this.of(operation);
    const channels = shape.at(-1);
    const uniform = shape.length !== 4 || !channels || channels > MAX_CHANNELS;
    const count = uniform ? 1 : channels;
    const rows = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => Number(i === j)));
    return { source: tensor, rows, biases: Array(count).fill(0), taken: false, uniform };
  }

  /** @throws Error naming an operation that is none on channels. */
  of(operation: LayerConfig): Channels {
    const { class_name, config, inbound_nodes = [] } = operation;
    const known = this.known.get(config.name);
    if (known) return known;
    if (this.begun.has(config.name)) throw new Error(`The operation '${config.name}' waits for itself.`);
    this.begun.add(config.name);
    const { args, kwargs } = firstCall(operation);
    const result =
      inbound_nodes.length === 1 && Object.keys(kwargs).length === 0 && this.apply(class_name, config, args);
    if (!result) {
      throw new Error(
        `The operation '${config.name}' (${class_name}) can't be loaded. Expected those that \`preprocess_input\` ` +
          'consists of: channels taken, put in another order or stacked; constants added, subtracted, multiplied or divided by, ' +
          `each one number or, of ${MAX_CHANNELS} channels at most, one for each.`,
      );
    }
    this.known.set(config.name, result);
    return result;
  }

  private apply(className: string, config: Json, [first, second]: unknown[]): Channels | undefined {
    if (className === 'Stack') return config.axis === -1 ? this.join([first].flat(), true) : undefined;
    if (className === 'Concatenate') return config.axis === -1 ? this.join([first].flat(), false) : undefined;
    if (!isSymbolicTensor(first)) {
      return isSymbolicTensor(second) ? this.arithmetic(CONSTANT_FIRST.get(className), second, first) : undefined;
    }
    if (className === 'Negative') return this.arithmetic(ARITHMETIC.get('Multiply'), first, -1);
    if (className === 'GetItem') return this.take(this.channels(first), [second].flat());
    return this.arithmetic(ARITHMETIC.get(className), first, second);
  }

  private arithmetic(step: ((constant: number) => Step) | undefined, tensor: SymbolicTensor, constant: unknown) {
    const { rows, biases, ...same } = this.channels(tensor);
    const steps = step && constants(constant, rows.length)?.map(step);
    if (!steps) return undefined;
    return {
      ...same,
      rows: rows.map((row, i) => row.map((weight) => weight * steps[i]!.factor)),
      biases: biases.map((bias, i) => bias * steps[i]!.factor + steps[i]!.bias),
    };
  }

  /** What `x[..., 1]` or `x[..., ::-1]` takes. */
  private take({ source, rows, biases, taken, uniform }: Channels, [dots, which]: unknown[]): Channels | undefined {
    if (taken || uniform || !isJson(dots) || dots.class_name !== '__ellipsis__') return undefined;
    const all = rows.map((row, index) => ({ row, bias: biases[index]! }));
    const one = Number.isInteger(which);
    const found = one ? [all.at(Number(which))] : isKerasObject(which) ? slice(all, which.config) : undefined;
    if (!found?.length || !found.every((each) => each !== undefined)) return undefined;
    return { source, rows: found.map(({ row }) => row), biases: found.map(({ bias }) => bias), taken: one, uniform };
  }

  /** Channels that are stacked, or several of each that are put one after another. */
  private join(tensors: unknown[], single: boolean): Channels | undefined {
    if (!tensors.every(isSymbolicTensor) || tensors.length > MAX_CHANNELS) return undefined;
    const parts = tensors.map((tensor) => this.channels(tensor));
    const sources = new Set(parts.map(({ source }) => JSON.stringify(source.config.keras_history)));
    if (sources.size !== 1 || !parts.every(({ taken, uniform }) => taken === single && !uniform)) return undefined;
    return {
      source: parts[0]!.source,
      rows: parts.flatMap(({ rows }) => rows),
      biases: parts.flatMap(({ biases }) => biases),
      taken: false,
      uniform: false,
    };
  }
}

/** Whether all channels are multiplied by one number and shifted by one: then it doesn't matter how many there are. */
const isUniform = ({ rows, biases, taken }: Channels) =>
  !taken &&
  biases.every((bias) => bias === biases[0]) &&
  rows.every(
    (row, i) => row.length === rows.length && row.every((weight, j) => weight === (i === j ? rows[0]![0]! : 0)),
  );

const rescaling = ({ config: { name } }: LayerConfig, { source, rows, biases }: Channels): LayerConfig =>
  calledLayer('Rescaling', name, { scale: rows[0]![0]!, offset: biases[0]! }, source);

function convolution({ config: { name } }: LayerConfig, { source, rows }: Channels): LayerConfig {
  const one = [1, 1];
  const settings = { filters: rows.length, kernel_size: one, strides: one, padding: 'valid', dilation_rate: one };
  return calledLayer('Conv2D', name, { trainable: false, ...settings, activation: 'linear', use_bias: true }, source);
}

function kernelAndBias({ config }: LayerConfig, { source, rows, biases, taken }: Channels): WeightArray[] {
  if (taken || source.config.shape?.length !== 4) {
    throw new Error(`The operation '${config.name}' can't be loaded. Expected it to give all channels of pictures.`);
  }
  const inputs = rows[0]!.length;
  const kernel = Array.from({ length: inputs }, (_, input) => rows.map((row) => row[input]!)).flat();
  return [
    { shape: [1, 1, inputs, rows.length], values: Float32Array.from(kernel) },
    { shape: [rows.length], values: Float32Array.from(biases) },
  ];
}

/** The layers that tensors are taken from: each `["name", call, output]` in a configuration. */
function namesIn(config: unknown): string[] {
  if (isHistory(config)) return [config[0]];
  return typeof config === 'object' && config !== null ? Object.values(config).flatMap(namesIn) : [];
}

/** A convolution that stands for operations: the names of the models that it lies in and its own, and its weights. */
export interface FoldedLayer {
  path: string[];
  weights: WeightArray[];
}

/**
 * Replaces the operations on channels in the configuration of a model, and of the models in it, by convolutions of 1×1
 * that go by the name of the last operation; between other layers than inputs, by Rescalings where they are the same for all
 * channels, as in a MobileNetV3.
 *
 * @returns the configuration, and what the file holds no weights of: these convolutions.
 * @throws Error naming an operation that is none on channels.
 */
export function foldChannelOperations(config: ModelConfig): { config: ModelConfig; folded: FoldedLayer[] } {
  const folded: FoldedLayer[] = [];
  const fold = (model: ModelConfig, path: string[]): ModelConfig => {
    const layers = model.config.layers.map((layer) =>
      isModel(layer) ? fold(layer, [...path, layer.config.name]) : layer,
    );
    const operations = layers.filter(isOnChannels);
    if (operations[0] && model.class_name === 'Sequential') {
      throw new Error(`The operation '${operations[0].config.name}' is in a Sequential, which has layers alone.`);
    }
    if (operations.length > MAX_OPERATIONS)
      throw new Error(`the model '${model.config.name}' holds ${operations.length} operations on channels`);
    const found = new Operations(new Map(operations.map((operation) => [operation.config.name, operation])));
    // The last operations are those that a layer takes from, or that the model ends with.
    const calls = layers.filter((layer) => !isOnChannels(layer)).map(({ inbound_nodes }) => inbound_nodes);
    const used = new Set(namesIn([calls, model.config.output_layers]));
    const inputs = new Set(
      layers.filter(({ class_name }) => class_name === 'InputLayer').map(({ config }) => config.name),
    );
    const changed = layers.flatMap((layer) => {
      if (!isOnChannels(layer)) return [layer];
      if (!used.has(layer.config.name)) return [];
      const channels = found.of(layer);
      // What works on an input prepares pictures.
      const isInner = !inputs.has(channels.source.config.keras_history[0]);
      if (channels.uniform || (isInner && isUniform(channels))) return [rescaling(layer, channels)];
      folded.push({ path: [...path, layer.config.name], weights: kernelAndBias(layer, channels) });
      return [convolution(layer, channels)];
    });
    return { ...model, config: { ...model.config, layers: changed } };
  };
  return { config: fold(config, []), folded };
}
