import * as tf from '../../tf';
import { setOwnTrainable } from '../../tfjs/trainable';
import { reason } from '../../utils/reason';
import { checkLayer, settingsOf } from './check_layer';
import { readSettings } from './keras_settings';
import { SavedGraph, type TensorSource } from './model_graph';
import { isModel, isOperation, type Json, type LayerConfig, type ModelConfig, nameOf } from './types';

type Layer = tf.layers.Layer;

// What TensorFlow 1 called the versions of a layer.
const OLD_NAMES: Record<string, string> = {
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
};

function readInput({ config }: LayerConfig): Json & { batchInputShape: unknown } {
  const { batch_shape, batch_input_shape, dtype } = config;
  return { batchInputShape: batch_shape ?? batch_input_shape, dtype: /int/.test(String(dtype)) ? 'int32' : 'float32' };
}

/** Makes the layers of one model, and forgets their weights when it can't be finished. */
class Builder {
  private readonly made: Layer[] = [];

  /** @param input The shape of the input, where the layer is the first of a Sequential. */
  private makeLayer(saved: LayerConfig, input?: Json): Layer {
    if (isModel(saved)) {
      return this.makeModel(saved);
    }
    checkLayer(saved);
    const className = OLD_NAMES[saved.class_name] ?? saved.class_name;
    const { name, trainable = true } = saved.config;
    let config: Json = { name };
    if (className === 'InputLayer') {
      config = { ...config, ...readInput(saved) };
    } else {
      const settings = settingsOf(className, saved.config);
      config = { ...config, ...readSettings(className, saved.config, settings), trainable, ...input };
    }
    const [layerClass] = tf.serialization.SerializationMap.getMap().classNameMap[className]!;
    const layer = new layerClass(config);
    if (!(layer instanceof tf.layers.Layer)) throw new Error(`Expected a layer. Received: ${className}`);
    this.made.push(layer);
    return layer;
  }

  private makeSequential({ config: { name, layers: saved } }: ModelConfig): tf.Sequential {
    const [first, ...rest] = saved;
    const layers = first?.class_name === 'InputLayer' ? rest : saved;
    // tfjs has the input's shape in the first layer; a model brings its own.
    if (first?.class_name === 'InputLayer') checkLayer(first);
    const input = first && !isModel(first) && readInput(first);
    if (!layers[0] || (input && !Array.isArray(input.batchInputShape))) {
      throw new Error(`The Sequential '${name}' has no layers or no input shape: build it before it is saved.`);
    }
    const model = tf.sequential({ name });
    for (const [index, layer] of layers.entries()) {
      model.add(this.named(layer, () => this.makeLayer(layer, index === 0 && input ? input : undefined)));
    }
    return model;
  }

  private makeFunctional(saved: ModelConfig): tf.LayersModel {
    const graph = new SavedGraph(saved);
    const layers = new Map<string, Layer>();
    for (const layer of saved.config.layers) {
      const made = this.named(layer, () => this.makeLayer(layer));
      layers.set(nameOf(layer), made);
    }
    const tensorOf = ({ name, call, output }: TensorSource): tf.SymbolicTensor | undefined => {
      const { inboundNodes } = layers.get(name)!;
      // In tfjs a model's first node is its own graph.
      return inboundNodes['layers' in layers.get(name)! ? call + 1 : call]?.outputTensors[output];
    };
    for (const { layer, sources } of graph.order()) {
      const inputs = sources.map(tensorOf).filter((tensor) => tensor !== undefined);
      if (
        inputs.length < sources.length ||
        (isOperation(layer) && inputs.some(({ rank }) => rank !== inputs[0]!.rank))
      ) {
        throw new Error(`The layer '${nameOf(layer)}' can't be loaded. Expected tensors of one rank that layers give.`);
      }
      const target = layers.get(nameOf(layer))!;
      this.named(layer, () => target.apply(inputs.length === 1 ? inputs[0]! : inputs));
    }
    const ends = (key: 'input_layers' | 'output_layers') =>
      graph.ends(key).map((end) => {
        const tensor = tensorOf(end);
        if (tensor === undefined) throw new Error(`The layer '${end.name}' is not called as often as ${key} says.`);
        return tensor;
      });
    return tf.model({ inputs: ends('input_layers'), outputs: ends('output_layers'), name: saved.config.name });
  }

  /** Does a step of the making of `layer`, whose name an error then tells. */
  private named<T>({ config, class_name }: LayerConfig, step: () => T): T {
    try {
      return step();
    } catch (error) {
      const why = reason(error);
      if (why.includes(`'${config.name}'`)) throw error;
      throw new Error(`The layer '${config.name}' (${class_name}) can't be loaded. ${why}`);
    }
  }

  makeModel(saved: ModelConfig): tf.LayersModel {
    return saved.class_name === 'Sequential' ? this.makeSequential(saved) : this.makeFunctional(saved);
  }

  dispose(): void {
    for (const weight of this.made.flatMap(({ weights }) => weights)) {
      weight.dispose();
    }
  }
}

/**
 * A model within a model.
 *
 * @throws Error when what goes by that name is no model.
 */
export function innerModel(model: tf.LayersModel, name: string): tf.LayersModel {
  const inner = model.getLayer(name);
  if (!(inner instanceof tf.LayersModel)) throw new Error(`Expected '${name}' of '${model.name}' to be a model.`);
  return inner;
}

/** Sets which models are frozen; their layers' own flags, which may differ, are set already. */
function readModelFlags(model: tf.LayersModel, { config }: ModelConfig): void {
  setOwnTrainable(model, config.trainable !== false);
  for (const inner of config.layers.filter(isModel)) {
    readModelFlags(innerModel(model, inner.config.name), inner);
  }
}

/**
 * Builds the model that Keras's JSON describes, its weights not yet set, not compiled: Keras 3's `config.json`, or the
 * `model_config` of an old `.h5`. Mirrors `keras.saving.deserialize_keras_object`.
 *
 * @throws Error naming the layer that tfjs lacks, that isn't known here, or that is set to what tfjs lacks.
 */
export async function deserializeModel(config: ModelConfig): Promise<tf.LayersModel> {
  const builder = new Builder();
  try {
    const model = builder.makeModel(config);
    readModelFlags(model, config);
    return model;
  } catch (error) {
    builder.dispose();
    throw error;
  }
}
