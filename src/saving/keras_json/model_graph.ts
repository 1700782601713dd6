import { MAX_CALLS } from '../../tfjs/weight_budget';
import type { Json } from './keras_layers';

/** A layer as Keras's JSON has it: Keras 3's, or that of Keras 2, which old `.h5` files hold. */
export interface LayerConfig {
  /** Where in Keras the class is; Keras 2 didn't write it. */
  module?: unknown;
  class_name: string;
  name?: string;
  config: Json & { name: string; layers: LayerConfig[]; input_layers?: unknown; output_layers?: unknown };
  inbound_nodes?: unknown[];
}

/** Whether what is saved is a model, which may be within another. */
export const isModel = ({ class_name }: LayerConfig) => ['Functional', 'Model', 'Sequential'].includes(class_name);

/** Whether what is saved is no layer but an operation on tensors. */
export const isOperation = ({ module }: LayerConfig) => /^keras(\.src)?\.ops\b/.test(String(module));

/** What the layer is called within its model. */
export const nameOf = ({ name, config }: LayerConfig) => name ?? config.name;

/** A symbolic tensor: the layer that gives it, in which of its calls, and as which of its outputs. */
export interface TensorSource {
  name: string;
  call: number;
  output: number;
}

type History = [name: string, node: number, output: number];

const isHistory = (value: unknown): value is History => Array.isArray(value) && typeof value[0] === 'string';

function readTensor(value: unknown): History {
  const history = (value as { config?: { keras_history?: unknown } } | null)?.config?.keras_history;
  if (!isHistory(history)) {
    throw new Error(`called with something else than tensors. Received: ${JSON.stringify(value)}`);
  }
  return history;
}

/** Keras's `fit` and `predict` say themselves whether a layer is in training, whatever it was called with. */
function checkArguments({ training, ...rest }: Json): void {
  const extra = Object.keys(rest).filter((key) => rest[key] !== null);
  if (extra.length > 0) {
    throw new Error(`called with arguments other than training. Received: ${extra.join(', ')}`);
  }
}

/** The layers of a functional model, and how Keras 2 and Keras 3 say which tensors flow between them. */
export class SavedGraph {
  private readonly layers: Map<string, LayerConfig>;
  /** Keras 2 writes a call as a list. */
  private readonly keras2: boolean;

  constructor(private readonly model: LayerConfig) {
    const { layers } = model.config;
    this.layers = new Map(layers.map((layer) => [nameOf(layer), layer]));
    this.keras2 = layers.some(({ inbound_nodes }) => inbound_nodes?.some(Array.isArray));
  }

  /** @param firstOfModel What the first call of a model within the model counts as. */
  private source([name, node, output]: History, firstOfModel: number): TensorSource {
    const layer = this.layers.get(name);
    if (layer === undefined) {
      throw new Error(`Expected a layer of '${this.model.config.name}'. Received: '${name}'`);
    }
    return { name, call: isModel(layer) ? node - firstOfModel : node, output };
  }

  /**
   * The tensors that each call of a layer gets, in order.
   *
   * @throws Error naming the layer that gets what can't be represented.
   */
  calls(layer: LayerConfig): TensorSource[][] {
    return (layer.inbound_nodes ?? []).map((node) => {
      try {
        if (Array.isArray(node)) {
          // Keras 2, where a model's calls count from 1.
          const inputs = (isHistory(node) ? [node] : node) as [...History, Json?][];
          checkArguments(Object.assign({}, ...inputs.map((input) => input[3])));
          return inputs.map(([name, index, output]) => this.source([name, index, output], 1));
        }
        const { args, kwargs } = node as { args: unknown[]; kwargs: Json };
        checkArguments(kwargs ?? {});
        return args.flat().map((tensor) => this.source(readTensor(tensor), 0));
      } catch (error) {
        const reason = error instanceof Error ? error.message : error;
        throw new Error(
          `The layer '${layer.config.name}' (${layer.class_name}) can't be loaded as it is called: ${reason}`,
        );
      }
    });
  }

  /** The tensors that go into the model or come out of it. A single one stands alone, or in a list. */
  ends(key: 'input_layers' | 'output_layers'): TensorSource[] {
    const { [key]: ends, name } = this.model.config;
    const histories = isHistory(ends) ? [ends] : ends;
    if (!Array.isArray(histories) || !histories.every(isHistory)) {
      throw new Error(`Expected the ${key} of '${name}' to be a list. Received: ${JSON.stringify(ends)}`);
    }
    return histories.map((history) => {
      // Here, Keras 3 counts a Functional's calls from 1 too, but not a Sequential's.
      const counted = this.keras2 || this.layers.get(history[0])?.class_name !== 'Sequential';
      return this.source(history, counted ? 1 : 0);
    });
  }

  /**
   * The calls of all layers, each after those whose tensors it gets, and after the same layer's earlier ones.
   *
   * @throws Error naming the layers that wait for each other.
   */
  order(): { layer: LayerConfig; sources: TensorSource[] }[] {
    const { layers } = this.model.config;
    const ordered: { layer: LayerConfig; sources: TensorSource[] }[] = [];
    const inputs = layers.filter(({ class_name }) => class_name === 'InputLayer');
    /** How many calls of a layer have their place. */
    const placed = new Map(inputs.map((layer) => [nameOf(layer), 1]));
    let waiting = layers.map((layer) => ({ layer, calls: this.calls(layer) }));
    const count = waiting.reduce((sum, { calls }) => sum + calls.length, 0);
    if (count > MAX_CALLS) throw new Error(`it calls layers more than ${MAX_CALLS} times`);
    while (ordered.length < count) {
      const before = ordered.length;
      for (const { layer, calls } of waiting) {
        while (calls[0]?.every(({ name, call }) => call < (placed.get(name) ?? 0))) {
          ordered.push({ layer, sources: calls.shift()! });
          placed.set(nameOf(layer), (placed.get(nameOf(layer)) ?? 0) + 1);
        }
      }
      waiting = waiting.filter(({ calls }) => calls.length > 0);
      if (ordered.length === before) {
        const names = waiting.map(({ layer }) => nameOf(layer)).join(', ');
        throw new Error(`Expected each layer's inputs to come from another. Received: ${names} without.`);
      }
    }
    return ordered;
  }
}

/**
 * Checks that a functional model, and each in it, can be built: tfjs would wait for ever for what no layer gives.
 *
 * @throws Error naming the layers that wait for each other.
 */
export function checkCalls(model: LayerConfig): void {
  const { layers = [] } = model.config;
  for (const layer of layers.filter(isModel)) checkCalls(layer);
  if (model.class_name !== 'Sequential') new SavedGraph(model).order();
}
