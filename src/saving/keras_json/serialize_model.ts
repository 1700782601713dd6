import * as tf from '../../tf';
import { serializeCompile } from './compile_config';
import { type Json, settingsOf } from './keras_layers';
import { kerasObject } from './keras_object';
import { kerasConfig, serializeSettings } from './keras_settings';

/** A layer's configuration as tfjs gives it: Keras 2's. */
interface Keras2Layer {
  class_name: string;
  name?: string;
  config: Json & { name: string; layers?: Keras2Layer[] };
  inbound_nodes?: [string, number, number, Json][][];
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
  const translated = kerasConfig(class_name, config);
  const settings = settingsOf(class_name, translated);
  return kerasObject('keras.layers', class_name, {
    name: config.name,
    trainable: layer.trainable,
    dtype: 'float32',
    ...named(layer, () => serializeSettings(translated, settings)),
  });
}

/** Does `step`, whose error then names the layer. */
function named<T>(layer: tf.layers.Layer, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new Error(`The layer '${layer.name}' can't be saved. ${error instanceof Error ? error.message : error}`);
  }
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

/** The tensors that a layer is called with. Of its other arguments, Keras's `fit` and `predict` set `training` themselves. */
function serializeCall(model: tf.LayersModel, layer: tf.layers.Layer, sources: [string, number, number, Json][]): Json {
  const { training: _, ...rest } = Object.assign({}, ...sources.map(([, , , kwargs]) => kwargs)) as Json;
  const extra = Object.keys(rest).filter((key) => rest[key] !== null);
  if (extra.length > 0) {
    throw new Error(`The layer '${layer.name}' can't be saved as it is called. Received: ${extra.join(', ')}`);
  }
  const tensors = sources.map((source) => serializeTensor(model, source));
  return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: {} };
}

/** Where the model ends. Keras 3 counts the calls of a Sequential from 0 there, those of other models from 1. */
function serializeEnds(model: tf.LayersModel, ends: unknown): unknown {
  const counted = (ends as [string, number, number][]).map(([name, node, tensor]) => [
    name,
    model.getLayer(name).getClassName() === 'Sequential' ? node - 1 : node,
    tensor,
  ]);
  // In a list, a single tensor would make the model's output a list.
  return counted.length === 1 ? counted[0] : counted;
}

function serializeFunctional(model: tf.LayersModel, config: Keras2Layer['config']): Json {
  const layers = config.layers!.map((saved) => {
    const layer = model.getLayer(saved.config.name);
    return {
      ...serializeLayer(layer, saved),
      name: layer.name,
      inbound_nodes: saved.inbound_nodes!.map((sources) => serializeCall(model, layer, sources)),
    };
  });
  const whole = {
    name: model.name,
    trainable: model.trainable,
    layers,
    input_layers: serializeEnds(model, config.input_layers),
    output_layers: serializeEnds(model, config.output_layers),
  };
  return kerasObject('keras.src.models.functional', 'Functional', whole, 'Functional');
}

function serializeSequential(model: tf.Sequential, config: Keras2Layer['config']): Json {
  const twice = model.layers.find((layer, index) => model.layers.indexOf(layer) < index);
  const [input] = model.inputs ?? [];
  if (twice || !input) {
    const reason = twice ? `holds the layer '${twice.name}' twice` : 'has no layers or no input shape';
    throw new Error(`The Sequential '${model.name}' can't be saved: it ${reason}.`);
  }
  const layers = config.layers!.map((layer, index) => serializeLayer(model.layers[index]!, layer));
  if (layers[0]?.class_name !== 'InputLayer') {
    layers.unshift(serializeInput(input.name, input.shape, input.dtype));
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
