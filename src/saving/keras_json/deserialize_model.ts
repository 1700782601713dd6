import * as tf from '../../tf';
import { layerRecord } from '../../tfjs/layer_records';
import { registeredClass } from '../../tfjs/registered_class';
import { setOwnTrainable } from '../../tfjs/trainable';
import { withWeightBudget } from '../../tfjs/weight_budget';
import { takeBackInner, takeBackUnused } from '../../tfjs/whole_dispose';
import { camelCase } from '../../utils/camel_case';
import { reason } from '../../utils/reason';
import { checkLayer, settingsOf, typeOf } from './check_layer';
import { readSettings } from './keras_settings';
import { SavedGraph, type TensorSource } from './model_graph';
import {
  asJson,
  isModel,
  isNumber,
  isOperation,
  isShape,
  isWrapped,
  type Json,
  type LayerConfig,
  type ModelConfig,
  nameOf,
} from './types';

type Layer = tf.layers.Layer;

/** How a file says what a layer is. */
export interface Words {
  /**
   * Makes a layer that is no model.
   *
   * @param input The shape and type of the input, where the layer is the first of a Sequential that hides its input.
   * @param make Makes a layer among its settings.
   */
  makeLayer: (
    saved: LayerConfig,
    input: Json | undefined,
    make: (inner: LayerConfig) => Layer,
  ) => tf.serialization.Serializable;
  /** Whether the input of a Sequential is no layer of it. */
  hidesInput: boolean;
}

// What TensorFlow 1 called the versions of a layer, and what Keras 3 has another for.
const OLD_NAMES = new Map([
  ['BatchNormalizationV1', 'BatchNormalization'],
  ['BatchNormalizationV2', 'BatchNormalization'],
  ['ThresholdedReLU', 'ReLU'],
]);

function readInput({ config }: LayerConfig): Json {
  const { batch_shape, batch_input_shape } = config;
  const batchInputShape = batch_shape ?? batch_input_shape;
  if (!isShape(batchInputShape)) {
    throw new Error(`Expected the shape of the input '${config.name}'. Received: ${asJson(batchInputShape)}`);
  }
  return { batchInputShape, dtype: String(typeOf(config)).includes('int') ? 'int32' : 'float32' };
}

function makeKerasLayer(saved: LayerConfig, input: Json | undefined, ofKeras2: boolean): tf.serialization.Serializable {
  checkLayer(saved);
  const className = OLD_NAMES.get(saved.class_name) ?? saved.class_name;
  const { name, trainable = true } = saved.config;
  if (className === 'InputLayer') return tf.layers.inputLayer({ ...readInput(saved), name });
  const settings = settingsOf(className, saved.config);
  const [layerClass] = registeredClass(className, tf.layers.Layer.prototype)!;
  // By this name Keras 2 has tfjs's function, Keras 3 another.
  const other = ofKeras2 && saved.config.activation === 'hard_sigmoid' && { activation: 'hardSigmoid' };
  return new layerClass({ name, ...readSettings(className, saved.config, settings), ...other, trainable, ...input });
}

const words = (ofKeras2: boolean): Words => ({
  makeLayer: (saved, input) => makeKerasLayer(saved, input, ofKeras2),
  hidesInput: true,
});
const KERAS = words(false);
const KERAS_2 = words(true);

/** The words of a version of Keras, where it is known: a word or two of Keras 2's mean something else. */
export const kerasWords = (version: unknown): Words => (String(version).startsWith('2.') ? KERAS_2 : KERAS);

/** Makes a model and those in it. */
class Builder {
  constructor(private readonly words: Words) {}

  private make(saved: LayerConfig, input?: Json): Layer {
    const make = (inner: LayerConfig) => this.named(inner, () => this.make(inner));
    if (isModel(saved)) return this.makeModel(saved);
    for (const key of layerRecord(saved.class_name)?.needs ?? []) {
      const given = saved.config[key] ?? saved.config[camelCase(key)];
      const values = [isWrapped(given) ? given.config.value : given].flat();
      if (values.length === 0 || !values.every(isNumber))
        throw new Error(`Expected its ${key} to be a number. Received: ${asJson(given)}`);
    }
    const layer = this.words.makeLayer(saved, input, make);
    if (!(layer instanceof tf.layers.Layer)) throw new Error(`Expected a layer. Received: ${saved.class_name}`);
    return layer;
  }

  private makeSequential({ config: { name, layers: saved } }: ModelConfig): tf.Sequential {
    const [first, ...rest] = saved;
    const hidesInput = this.words.hidesInput && first?.class_name === 'InputLayer';
    const layers = hidesInput ? rest : saved;
    if (!layers[0]) throw new Error(`The Sequential '${name}' has no layers: build it before it is saved.`);
    if (hidesInput) checkLayer(first);
    // tfjs has the input's shape in the first layer; a model brings its own.
    const input = this.words.hidesInput && first && !isModel(first) ? readInput(first) : undefined;
    const model = tf.sequential({ name });
    for (const [index, layer] of layers.entries()) {
      this.named(layer, () => model.add(this.make(layer, index === 0 ? input : undefined)));
    }
    takeBackInner(model);
    return model;
  }

  private makeFunctional(saved: ModelConfig): tf.LayersModel {
    const graph = new SavedGraph(saved);
    const layers = new Map<string, Layer>();
    for (const layer of saved.config.layers) {
      const made = this.named(layer, () => this.make(layer));
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
    const { name } = saved.config;
    const model = tf.model({ inputs: ends('input_layers'), outputs: ends('output_layers'), name });
    takeBackUnused(model, layers.values());
    return model;
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
}

/**
 * Builds a model whose weights are to be set from a file that holds so many `values`, not compiled.
 *
 * @throws Error naming the layer that can't be built; no tensor is left then.
 */
export function buildModel(config: ModelConfig, words: Words, values: number): tf.LayersModel {
  return withWeightBudget(values, () => new Builder(words).makeModel(config));
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
 * @param values How many values the file holds: the model gets no more weights than that.
 * @param words How the file says what a layer is.
 * @throws Error naming the layer that tfjs lacks, that isn't known here, or that is set to what tfjs lacks; no tensor is
 *   left then.
 */
export function deserializeModel(config: ModelConfig, values: number, words = KERAS): tf.LayersModel {
  const model = buildModel(config, words, values);
  readModelFlags(model, config);
  return model;
}
