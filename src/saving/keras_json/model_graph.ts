import { reason } from '../../utils/reason';
import {
  asJson,
  type History,
  isHistory,
  isModel,
  isSymbolicTensor,
  type Json,
  type LayerConfig,
  type ModelConfig,
  nameOf,
} from './types';

/** A symbolic tensor: the layer that gives it, in which of its calls, and as which of its outputs. */
export interface TensorSource {
  name: string;
  call: number;
  output: number;
}

function historyOf(value: unknown): History {
  if (!isSymbolicTensor(value)) {
    throw new Error(`called with something else than tensors. Received: ${asJson(value)}`);
  }
  return value.config.keras_history;
}

/** Keras's `fit` and `predict` say themselves whether a layer is in training, whatever it was called with. */
function checkArguments(given: (Json | null | undefined)[]): void {
  const all = given.flatMap((kwargs) => Object.entries(kwargs ?? {}));
  const extra = all.filter(([key, value]) => key !== 'training' && value !== null).map(([key]) => key);
  if (extra.length > 0) {
    throw new Error(`called with arguments other than training. Received: ${extra.join(', ')}`);
  }
}

/** The layers of a functional model, and how Keras 2 and Keras 3 say which tensors flow between them. */
export class SavedGraph {
  private readonly layers: Map<string, LayerConfig>;
  /** Keras 2 writes a call as a list. */
  private readonly keras2: boolean;

  constructor(private readonly model: ModelConfig) {
    const { layers } = model.config;
    this.layers = new Map(layers.map((layer) => [nameOf(layer), layer]));
    if (this.layers.size < layers.length) {
      const names = layers.map(nameOf);
      const twice = names.find((name, index) => names.indexOf(name) < index);
      throw new Error(`Expected one layer of '${model.config.name}' to be called '${twice}'. Received: two`);
    }
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
          checkArguments(node.map(([, , , kwargs]) => kwargs));
          return node.map(([name, index, output]) => this.source([name, index, output], 1));
        }
        checkArguments([node.kwargs]);
        return node.args.flat().map((tensor) => this.source(historyOf(tensor), 0));
      } catch (error) {
        throw new Error(
          `The layer '${layer.config.name}' (${layer.class_name}) can't be loaded as it is called: ${reason(error)}`,
        );
      }
    });
  }

  /** The tensors that go into the model or come out of it. A single one stands alone, or in a list. */
  ends(key: 'input_layers' | 'output_layers'): TensorSource[] {
    const { [key]: ends, name } = this.model.config;
    const histories = isHistory(ends) ? [ends] : ends;
    if (!Array.isArray(histories) || !histories.every(isHistory)) {
      throw new Error(`Expected the ${key} of '${name}' to be a list. Received: ${asJson(ends)}`);
    }
    return histories.map(([layer, call, output]) => {
      // Here, Keras 3 counts a Functional's calls from 1 too, but not a Sequential's.
      const counted = this.keras2 || this.layers.get(layer)?.class_name !== 'Sequential';
      return this.source([layer, call, output], counted ? 1 : 0);
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
