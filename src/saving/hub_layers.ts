import * as tf from '../tf';
import { layerPaths, weightName } from '../tfjs/layer_paths';
import type { FoldedLayer } from './keras_json/channel_operations';
import { serializeModel } from './keras_json/serialize_model';
import {
  asJson,
  isHistory,
  isJson,
  isShape,
  type LayerConfig,
  type ModelConfig,
  readModelConfig,
} from './keras_json/types';
import type { SavedLayer, SavedLayers } from './saved_layers';

/*
 * A `KerasLayer` is a network from TensorFlow Hub. A file holds its weights, by the names that they have in TensorFlow, and of its
 * operations nothing but the address: it can be opened where the network is one that is known here.
 */

/** A network that TensorFlow Hub has, too. */
export interface HubNetwork {
  /** What the addresses of its feature vectors look like. */
  handle: RegExp;
  /** What the names of its weights begin with there. */
  prefix: string;
  /** The name of a layer here by the name there, `prefix` left out; undefined where there is none. */
  layerOf: (scope: string) => string | undefined;
  /** The kernel whose number of filters tells the width of the network, and how many there are where it is 1. */
  widthBy: { kernel: string; filters: number };
  /** The widths that it has there. */
  alphas: number[];
  /** Builds it without weights; its outputs are feature vectors. */
  build: (alpha: number, inputShape: [number, number, 3]) => Promise<tf.LayersModel>;
  /** Makes of pixels from 0 to 1, which it takes there, what it takes here. */
  rescaling: { scale: number; offset: number };
}

const known: HubNetwork[] = [];

/** Tells of a network that TensorFlow Hub has, too. */
export function defineHubNetwork(network: HubNetwork): void {
  known.push(network);
}

const isHubLayer = ({ class_name }: LayerConfig) => class_name === 'KerasLayer';

/** What a layer of TensorFlow Hub can be called with, none of which changes what it gives. */
const HARMLESS = ['name', 'trainable', 'dtype', 'batch_input_shape', 'handle', 'output_shape'];

// What TensorFlow calls the weights that Keras has other names for.
const WEIGHT_NAMES = new Map([
  ['weights', 'kernel'],
  ['depthwise_weights', 'depthwise_kernel'],
]);

/** The weights in the file by where they belong: `Conv1/kernel`. What belongs nowhere keeps its name. */
function weightsOf({ weights, weightNames = [] }: SavedLayer, { prefix, layerOf }: HubNetwork) {
  return new Map(
    weightNames.map((name, index) => {
      const parts = name.replace(/:\d+$/, '').split('/');
      const last = parts.pop()!;
      const layer = parts.shift() === prefix ? layerOf(parts.join('/')) : undefined;
      return [layer === undefined ? name : `${layer}/${WEIGHT_NAMES.get(last) ?? last}`, weights[index]!];
    }),
  );
}

/** Height, width and channels of what a layer gets: as it says, or as the model's only input does. */
function inputShapeOf({ config }: LayerConfig, model: ModelConfig): [number, number, 3] | undefined {
  const inputs = model.config.layers.filter(({ class_name }) => class_name === 'InputLayer');
  const [only, ...more] = inputs;
  const said = config.batch_input_shape ?? (more.length === 0 ? only?.config.batch_input_shape : undefined);
  if (!isShape(said)) return undefined;
  const [, height, width, channels] = said;
  return said.length === 4 && height && width && channels === 3 ? [height, width, 3] : undefined;
}

/** A network in the place of a layer, and its weights. */
async function replace(
  layer: LayerConfig,
  model: ModelConfig,
  saved: SavedLayer | undefined,
): Promise<{ config: ModelConfig; weights: FoldedLayer[] }> {
  const { name, handle, trainable } = layer.config;
  const refuse = (expected: string, received: string) =>
    new Error(`The layer '${name}' (KerasLayer) can't be loaded. Expected ${expected}. Received: ${received}`);
  const network = known.find((each) => typeof handle === 'string' && each.handle.test(handle));
  if (!network) {
    const names = known.map(({ prefix }) => prefix).join(' or ');
    throw refuse(
      `a network of TensorFlow Hub that is known here: a feature vector of ${names}`,
      `handle=${asJson(handle)}`,
    );
  }
  const more = Object.entries(layer.config).find(([key, value]) => !HARMLESS.includes(key) && value !== null);
  if (more) throw refuse('a layer that gives the feature vector and nothing else', `${more[0]}=${asJson(more[1])}`);
  if (!saved?.weightNames)
    throw refuse("an `.h5` file: others don't say which weight is which", 'weights without names');
  const inputShape = inputShapeOf(layer, model);
  if (!inputShape) throw refuse('pictures of a known size, of three channels', 'others');
  const weights = weightsOf(saved, network);
  const { kernel, filters } = network.widthBy;
  const alpha = (weights.get(kernel)?.shape.at(-1) ?? 0) / filters;
  if (!network.alphas.includes(alpha)) {
    throw refuse(`a width of ${network.prefix} among ${network.alphas.join(', ')}`, `${alpha} by ${kernel}`);
  }
  const base = await network.build(alpha, inputShape);
  let whole = base;
  try {
    const inner = layerPaths(base).filter((each) => each.layer.weights.length > 0);
    const found = inner.map(({ layer: each }): FoldedLayer => {
      const arrays = each.weights.map((weight) => {
        const key = `${each.name}/${weightName(weight)}`;
        const array = weights.get(key);
        if (JSON.stringify(array?.shape) !== JSON.stringify(weight.shape)) {
          const received = array ? `[${array.shape}]` : 'none';
          throw refuse(`the weights of '${base.name}', of which ${key} has the shape [${weight.shape}]`, received);
        }
        weights.delete(key);
        return array!;
      });
      return { path: [name, base.name, each.name], weights: arrays };
    });
    const [unknown] = weights.keys();
    if (unknown !== undefined) throw refuse(`the weights of '${base.name}' and no others`, unknown);
    const inputs = tf.input({ shape: inputShape });
    const scaled = tf.layers.rescaling({ name: `${name}_rescaling`, ...network.rescaling }).apply(inputs);
    whole = tf.model({ inputs, outputs: base.apply(scaled) as tf.SymbolicTensor, name });
    // All that is in it, too.
    whole.trainable = trainable !== false;
    return { config: { ...readModelConfig(serializeModel(whole)), name }, weights: found };
  } finally {
    whole.dispose();
  }
}

/** What names these layers, with their calls counted as a model's are in Keras 2: from 1. */
function countedFrom1<T>(value: T, names: Set<string>): T {
  if (isHistory(value) && names.has(value[0])) return [value[0], value[1] + 1, ...value.slice(2)] as T;
  if (Array.isArray(value)) return value.map((each) => countedFrom1(each, names)) as T;
  if (!isJson(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, countedFrom1(each, names)])) as T;
}

/**
 * Puts a network in the place of each layer that is one of TensorFlow Hub, with its weights: those are no longer among the
 * layers of the file.
 *
 * @throws Error naming the layer whose network isn't known here, or whose weights aren't that network's.
 */
export async function replaceHubLayers(
  config: ModelConfig,
  saved: SavedLayers,
): Promise<{ config: ModelConfig; saved: SavedLayers; networks: FoldedLayer[] }> {
  const hub = new Set(config.config.layers.filter(isHubLayer).map((layer) => layer.config.name));
  if (hub.size === 0) return { config, saved, networks: [] };
  const networks: FoldedLayer[] = [];
  const layers: LayerConfig[] = [];
  for (const layer of config.config.layers) {
    const { inbound_nodes } = layer;
    const calls = inbound_nodes && { inbound_nodes: countedFrom1(inbound_nodes, hub) };
    if (!isHubLayer(layer)) {
      layers.push({ ...layer, ...calls });
      continue;
    }
    const ofLayer = saved.layers.find(({ name }) => name === layer.config.name);
    const network = await replace(layer, config, ofLayer);
    layers.push({ ...network.config, ...calls });
    networks.push(...network.weights);
  }
  const output_layers = countedFrom1(config.config.output_layers, hub);
  return {
    config: { ...config, config: { ...config.config, layers, output_layers } },
    saved: { ...saved, layers: saved.layers.filter(({ name }) => !hub.has(name)) },
    networks,
  };
}
