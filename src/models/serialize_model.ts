import * as tf from '../tf';
import { serializeCompile } from './compile_config';
import { type Json, kerasSettings } from './keras_layers';

/** A layer's configuration as tfjs gives it: Keras 2's. */
interface Keras2Layer {
  class_name: string;
  name?: string;
  config: Json & { name: string; layers?: Keras2Layer[] };
  inbound_nodes?: [string, number, number, Json][][];
}

const kerasObject = (module: string, className: string, config: Json, registeredName: string | null = null) => ({
  module,
  class_name: className,
  config,
  registered_name: registeredName,
});

function serializeSetting(key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('class_name' in value)) {
    return value ?? (key === 'data_format' ? 'channels_last' : null);
  }
  const { class_name, config } = value as { class_name: string; config: Json };
  const module = key.endsWith('initializer') ? 'keras.initializers' : 'keras.regularizers';
  // tfjs says "normal" for what Keras calls "truncated_normal": it draws no further than two deviations either.
  const distribution = config.distribution === 'normal' && { distribution: 'truncated_normal' };
  return kerasObject(module, class_name, { ...config, ...distribution });
}

function serializeInput(name: string, batchShape: unknown, dtype: unknown): Json {
  return kerasObject('keras.layers', 'InputLayer', {
    batch_shape: batchShape,
    dtype: dtype ?? 'float32',
    sparse: false,
    name,
  });
}

function serializeLayer(layer: tf.layers.Layer, { class_name, config }: Keras2Layer): Json {
  if ('layers' in layer) {
    return serializeContainer(layer as tf.LayersModel, class_name, config);
  }
  if (class_name === 'InputLayer') {
    return serializeInput(config.name, config.batch_input_shape, config.dtype);
  }
  const settings = kerasSettings(class_name, config).map((key) => [key, serializeSetting(key, config[key])]);
  return kerasObject('keras.layers', class_name, {
    name: config.name,
    trainable: layer.trainable,
    dtype: 'float32',
    ...Object.fromEntries(settings),
  });
}

/** The symbolic tensor that a layer gets, in Keras 3's words. */
function serializeTensor(model: tf.LayersModel, [name, node, tensor]: [string, number, number, Json]): Json {
  const layer = model.getLayer(name);
  const output = layer.inboundNodes.at(-1)!.outputTensors[tensor]!;
  // In tfjs a nested model's first node is its own graph, and its calls count from 1.
  const history = [name, 'layers' in layer ? node - 1 : node, tensor];
  const config = { shape: output.shape, dtype: output.dtype, keras_history: history };
  return { class_name: '__keras_tensor__', config };
}

/** A single tensor stands alone in Keras 3: in a list it would make the model's output a list. */
function unlisted(tensors: unknown[]): unknown {
  return tensors.length === 1 ? tensors[0] : tensors;
}

function serializeFunctional(model: tf.LayersModel, config: Keras2Layer['config']): Json {
  const layers = config.layers!.map((layer) => ({
    ...serializeLayer(model.getLayer(layer.config.name), layer),
    name: layer.config.name,
    inbound_nodes: layer.inbound_nodes!.map((node) => {
      const tensors = node.map((source) => serializeTensor(model, source));
      return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: {} };
    }),
  }));
  const whole = {
    name: model.name,
    trainable: model.trainable,
    layers,
    input_layers: unlisted(config.input_layers as unknown[]),
    output_layers: unlisted(config.output_layers as unknown[]),
  };
  return kerasObject('keras.src.models.functional', 'Functional', whole, 'Functional');
}

function serializeSequential(model: tf.Sequential, config: Keras2Layer['config']): Json {
  const layers = config.layers!.map((layer, index) => serializeLayer(model.layers[index]!, layer));
  if (layers[0]?.class_name !== 'InputLayer') {
    const [input] = model.inputs;
    layers.unshift(serializeInput(input!.name, input!.shape, input!.dtype));
  }
  const { name, trainable } = model;
  return kerasObject('keras', 'Sequential', { name, trainable, dtype: 'float32', layers });
}

function serializeContainer(model: tf.LayersModel, className: string, config: Keras2Layer['config']): Json {
  return model instanceof tf.Sequential || className === 'Sequential'
    ? serializeSequential(model as tf.Sequential, config)
    : serializeFunctional(model, config);
}

/**
 * The `config.json` of Keras 3 for a model, with how it was compiled where it was. Mirrors
 * `keras.saving.serialize_keras_object`.
 *
 * @throws Error naming the layer, loss or optimizer that can't be put in Keras's words.
 */
export function serializeModel(model: tf.LayersModel): Json {
  const { class_name, config } = model.toJSON(null, false) as unknown as Keras2Layer;
  const serialized = serializeContainer(model, class_name, config);
  return model.optimizer ? { ...serialized, compile_config: serializeCompile(model) } : serialized;
}
