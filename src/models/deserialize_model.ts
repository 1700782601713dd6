import * as tf from '../tf';
import { type Json, kerasSettings } from './keras_layers';
import { setOwnTrainable } from './trainable';

/** A layer as Keras 3's `config.json` has it. */
interface Keras3Layer {
  class_name: string;
  name?: string;
  config: Json & { name: string; layers: Keras3Layer[]; input_layers?: unknown[]; output_layers?: unknown[] };
  inbound_nodes?: { args: unknown[] }[];
}

type History = [name: string, node: number, tensor: number];

/** A Keras object as tfjs takes it: without module and registered name. */
function readSetting(key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('class_name' in value)) {
    return value ?? null;
  }
  const { class_name, config } = value as { class_name: string; config: Json };
  if (key === 'seed') {
    return config.seed;
  }
  const distribution = String(config.distribution).endsWith('normal') && { distribution: 'normal' };
  const className = key.endsWith('regularizer') ? 'L1L2' : class_name;
  return { class_name: className, config: { ...config, ...distribution } };
}

function readLayer({ class_name, config }: Keras3Layer): Json {
  if (class_name === 'Functional' || class_name === 'Sequential') {
    return readContainer({ class_name, config });
  }
  if (class_name === 'InputLayer') {
    const { name, batch_shape, dtype } = config;
    const numbers = /int/.test(String(dtype)) ? 'int32' : 'float32';
    return { class_name, config: { name, batch_input_shape: batch_shape, dtype: numbers, sparse: false } };
  }
  const settings = kerasSettings(class_name, config).map((key) => [key, readSetting(key, config[key])]);
  const { name, trainable = true } = config;
  return { class_name, config: { name, trainable, ...Object.fromEntries(settings) } };
}

/** Where each tensor comes from that a layer is called with. `models` are the names of the nested models. */
function readNode({ args }: { args: unknown[] }, models: Set<string>): unknown[] {
  return args.flat().map((tensor) => {
    const [name, node, index] = (tensor as { config: { keras_history: History } }).config.keras_history;
    // In tfjs a nested model's first node is its own graph, and its calls count from 1.
    return [name, models.has(name) ? node + 1 : node, index, {}];
  });
}

/** Keras 3 writes a single tensor as ["name", 0, 0], tfjs reads [["name", 0, 0]]. */
function listed(tensors: unknown[] = []): unknown[] {
  return typeof tensors[0] === 'string' ? [tensors] : tensors;
}

function readContainer({ class_name, config }: Keras3Layer): Json {
  if (class_name === 'Sequential') {
    const [input, ...rest] = config.layers.map(readLayer) as { class_name: string; config: Json }[];
    if (input?.class_name !== 'InputLayer') {
      throw new Error(`The Sequential '${config.name}' has no input shape: build it before it is saved.`);
    }
    const first = rest[0]?.config ?? {};
    // tfjs has the input's shape in the first layer; a nested model brings its own.
    const layers = 'layers' in first ? rest : [{ ...rest[0], config: { ...input.config, ...first } }, ...rest.slice(1)];
    return { class_name, config: { name: config.name, layers } };
  }
  const models = new Set(config.layers.filter(({ config }) => 'layers' in config).map(({ config }) => config.name));
  const layers = config.layers.map((layer) => ({
    ...readLayer(layer),
    name: layer.name,
    inbound_nodes: layer.inbound_nodes!.map((node) => readNode(node, models)),
  }));
  const { name, input_layers, output_layers } = config;
  return {
    class_name: 'Model',
    config: { name, layers, input_layers: listed(input_layers), output_layers: listed(output_layers) },
  };
}

/** Sets which models are frozen; their layers' own flags, which may differ, are set already. */
function readModelFlags(model: tf.LayersModel, { config }: Keras3Layer): void {
  setOwnTrainable(model, config.trainable !== false);
  for (const inner of config.layers.filter(({ config }) => 'layers' in config)) {
    readModelFlags(model.getLayer(inner.config.name) as tf.LayersModel, inner);
  }
}

/**
 * Builds the model that Keras 3's `config.json` describes, its weights not yet set, not compiled. Mirrors
 * `keras.saving.deserialize_keras_object`.
 *
 * @throws Error naming the layer that tfjs lacks or that isn't known here.
 */
export async function deserializeModel(config: Json): Promise<tf.LayersModel> {
  const saved = config as unknown as Keras3Layer;
  if (saved.class_name !== 'Functional' && saved.class_name !== 'Sequential') {
    throw new Error(`Expected a Functional or Sequential model. Received: ${saved.class_name}`);
  }
  const model = await tf.models.modelFromJSON(readContainer(saved) as Parameters<typeof tf.models.modelFromJSON>[0]);
  readModelFlags(model, saved);
  return model;
}
