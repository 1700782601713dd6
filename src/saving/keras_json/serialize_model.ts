import * as tf from '../../tf';
import { isTfjsOwn, layerRecord } from '../../tfjs/layer_records';
import { reason } from '../../utils/reason';
import { shown } from '../../utils/shown';
import { settingsOf } from './check_layer';
import { serializeCompile } from './compile_config';
import { kerasObject } from './keras_object';
import { kerasConfig, serializeSettings } from './keras_settings';
import {
  type History,
  isHistory,
  isModel,
  type Json,
  type Keras2Input,
  type KerasObject,
  type LayerConfig,
  type ModelConfig,
  readModelConfig,
} from './types';

function serializeInput(name: string, batchShape: unknown, dtype: unknown): KerasObject {
  return kerasObject('keras.layers', 'InputLayer', {
    batch_shape: batchShape,
    dtype: dtype ?? 'float32',
    sparse: false,
    name,
  });
}

/** A layer, given its configuration as tfjs writes it: Keras 2's. */
function serializeLayer(layer: tf.layers.Layer, saved: LayerConfig): KerasObject {
  if (layer instanceof tf.LayersModel && isModel(saved)) return serializeContainer(layer, saved);
  const { class_name, config } = saved;
  if (class_name === 'InputLayer') {
    return serializeInput(config.name, config.batch_input_shape, config.dtype);
  }
  const translated = kerasConfig(class_name, config);
  const settings = settingsOf(class_name, translated);
  const { module, withoutTrainable, unlikeTfjs } = layerRecord(class_name)!;
  if (unlikeTfjs && isTfjsOwn(layer)) {
    throw new Error(
      `The layer '${shown(layer.name)}' can't be saved: tfjs's ${class_name} computes something else than Keras's. ` +
        "Make it by the function of that name in Thaw's layers.",
    );
  }
  const written = {
    name: config.name,
    ...(!withoutTrainable && { trainable: layer.trainable }),
    dtype: 'float32',
    ...named(layer, () => serializeSettings(translated, settings)),
  };
  // Outside `keras.layers` Keras looks for the name that a class is registered by.
  return module
    ? kerasObject(module, class_name, written, class_name)
    : kerasObject('keras.layers', class_name, written);
}

/** Does `step`, whose error then names the layer. */
function named<T>(layer: tf.layers.Layer, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new Error(`The layer '${layer.name}' can't be saved. ${reason(error)}`);
  }
}

/** The symbolic tensor that a layer gets, in Keras 3's words. */
function serializeTensor(model: tf.LayersModel, [name, node, tensor]: Keras2Input): KerasObject {
  const layer = model.getLayer(name);
  const output = layer.inboundNodes.at(-1)!.outputTensors[tensor]!;
  // In tfjs a nested model's first node is its own graph, and its calls count from 1.
  const history = [name, 'layers' in layer ? node - 1 : node, tensor];
  const config = { shape: output.shape, dtype: output.dtype, keras_history: history };
  return { class_name: '__keras_tensor__', config };
}

/** The tensors that a layer is called with. Of its other arguments, Keras's `fit` and `predict` set `training` themselves. */
function serializeCall(model: tf.LayersModel, layer: tf.layers.Layer, sources: Keras2Input[]): Json {
  const { training: _, ...rest }: Json = Object.assign({}, ...sources.map(([, , , kwargs]) => kwargs));
  const extra = Object.keys(rest).filter((key) => rest[key] !== null);
  if (extra.length > 0) {
    throw new Error(`The layer '${layer.name}' can't be saved as it is called. Received: ${extra.join(', ')}`);
  }
  const tensors = sources.map((source) => serializeTensor(model, source));
  return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: {} };
}

/** Where the model ends. Keras 3 counts the calls of a Sequential from 0 there, those of other models from 1. */
function serializeEnds(model: tf.LayersModel, ends: unknown): History | History[] {
  const counted = [ends]
    .flat()
    .filter(isHistory)
    .map(
      ([name, node, tensor]): History => [
        name,
        model.getLayer(name).getClassName() === 'Sequential' ? node - 1 : node,
        tensor,
      ],
    );
  // In a list, a single tensor would make the model's output a list.
  return counted.length === 1 ? counted[0]! : counted;
}

function serializeFunctional(model: tf.LayersModel, { config }: ModelConfig): KerasObject {
  const layers = config.layers.map((saved) => {
    const layer = model.getLayer(saved.config.name);
    return {
      ...serializeLayer(layer, saved),
      name: layer.name,
      inbound_nodes: (saved.inbound_nodes ?? [])
        .filter(Array.isArray)
        .map((sources) => serializeCall(model, layer, sources)),
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

function serializeSequential(model: tf.Sequential, { config }: ModelConfig): KerasObject {
  const twice = model.layers.find((layer, index) => model.layers.indexOf(layer) < index);
  const [input] = model.inputs ?? [];
  if (twice || !input) {
    const reason = twice ? `holds the layer '${twice.name}' twice` : 'has no layers or no input shape';
    throw new Error(`The Sequential '${model.name}' can't be saved: it ${reason}.`);
  }
  const layers = config.layers.map((layer, index) => serializeLayer(model.layers[index]!, layer));
  if (layers[0]?.class_name !== 'InputLayer') {
    layers.unshift(serializeInput(input.name, input.shape, input.dtype));
  }
  const { name, trainable } = model;
  return kerasObject('keras', 'Sequential', { name, trainable, dtype: 'float32', layers });
}

function serializeContainer(model: tf.LayersModel, saved: ModelConfig): KerasObject {
  return model instanceof tf.Sequential ? serializeSequential(model, saved) : serializeFunctional(model, saved);
}

/**
 * The `config.json` of Keras 3 for a model, with how it was compiled where it was. Mirrors
 * `keras.saving.serialize_keras_object`.
 *
 * @throws Error naming the layer, loss or optimizer that can't be put in Keras's words.
 */
export function serializeModel(model: tf.LayersModel): KerasObject {
  const serialized = serializeContainer(model, readModelConfig(model.toJSON(null, false)));
  return model.optimizer ? { ...serialized, compile_config: serializeCompile(model) } : serialized;
}
