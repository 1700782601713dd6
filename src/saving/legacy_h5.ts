import type * as tf from '../tf';
import { innerLayers, legacyWeights, weightName } from '../tfjs/layer_paths';
import { type File, readHdf5, writeHdf5 } from './hdf5/hdf5';
import { groupAt, type NamedArray, writeArrays } from './hdf5/write_arrays';
import { kerasWords } from './keras_json/deserialize_model';
import { isJson, type KerasObject, readModelConfig } from './keras_json/types';
import { KERAS_VERSION, type ModelFile } from './model_file';
import { savedLayers } from './saved_layers';

/** The name of each weight in a layer, with those of the models that it lies in: 'base/conv2d/kernel'. */
function weightNames(layer: tf.layers.Layer, prefix = ''): Map<tf.LayerVariable, string> {
  const path = `${prefix}${layer.name}/`;
  const inner = innerLayers(layer);
  return new Map(
    inner
      ? inner.flatMap((each) => [...weightNames(each, path)])
      : layer.weights.map((weight) => [weight, path + weightName(weight)]),
  );
}

/** Writes into the group `path` what the legacy format keeps of a list of weights: their names in order, and each. */
function writeWeights(file: File, path: string, arrays: NamedArray[]): void {
  const group = groupAt(file, path);
  const names = arrays.map(({ name }) => name);
  // Where there are none, Keras does without the attribute, and HDF5 takes no empty one.
  if (names.length > 0) group.create_attribute('weight_names', names, [names.length], 'S');
  writeArrays(group, arrays);
}

/**
 * Writes a whole model, with how it was compiled, at `path` in Keras's legacy HDF5 format. Its optimizer's state is left
 * out: Keras 3.15 restores it for no variable, and can't train the model any further then.
 * Mirrors `save_model_to_hdf5` of `keras.src.legacy.saving.legacy_h5_format`.
 *
 * @param serialized What `serializeModel` gives for the model.
 * @param classNames What its classes are called, for an attribute that Keras doesn't know.
 */
export async function writeLegacyH5(
  model: tf.LayersModel,
  serialized: KerasObject,
  path: string,
  classNames?: string[],
): Promise<void> {
  const { class_name, config, compile_config } = serialized;
  await writeHdf5(path, (file) => {
    const text = (name: string, value: unknown) => file.create_attribute(name, JSON.stringify(value), [], 'S');
    text('model_config', { class_name, config });
    if (classNames) text('class_names', classNames);
    if (isJson(compile_config)) {
      const { optimizer, ...rest } = compile_config;
      text('training_config', { loss_weights: null, ...rest, optimizer_config: optimizer });
    }
    const layers = innerLayers(model)!;
    const weights = groupAt(file, 'model_weights');
    weights.create_attribute('keras_version', KERAS_VERSION);
    weights.create_attribute('backend', 'tensorflow');
    const layerNames = layers.map(({ name }) => name);
    weights.create_attribute('layer_names', layerNames, [layerNames.length], 'S');
    for (const layer of layers) {
      const names = weightNames(layer);
      const arrays = legacyWeights(layer).map((weight) => {
        const tensor = weight.read();
        return { name: names.get(weight)!, shape: tensor.shape, values: tensor.dataSync<'float32'>() };
      });
      writeWeights(file, `model_weights/${layer.name}`, arrays);
    }
    // Weights of the model's own, outside its layers: there are none.
    writeWeights(file, 'model_weights/top_level_model_weights', []);
  });
}

/** How a model was compiled, in Keras 3's words, given the legacy format's: undefined where it wasn't. */
export const compileConfigOf = (training: unknown) =>
  isJson(training) ? { ...training, optimizer: training.optimizer_config } : undefined;

/**
 * Reads a whole model in Keras's legacy HDF5 format, of Keras 2 or 3. Mirrors `load_model_from_hdf5` of
 * `keras.src.legacy.saving.legacy_h5_format`.
 *
 * @throws Error when it is damaged, or holds weights only.
 */
export function readLegacyH5(path: string): Promise<ModelFile> {
  return readHdf5(path, (root) => {
    const parsed = (name: string): unknown => {
      const text = root.attrs.get(name);
      return text === undefined ? undefined : JSON.parse(String(text));
    };
    const [config, training] = ['model_config', 'training_config'].map(parsed);
    if (config === undefined) {
      throw new Error(
        'it holds weights and no model: build the model and give it the weights with `models.loadWeights`',
      );
    }
    const classNames = () => parsed('class_names');
    const version = root.groups.get('model_weights')?.attrs.get('keras_version');
    return {
      config: readModelConfig(config),
      words: kerasWords(version),
      compileConfig: compileConfigOf(training),
      classNames,
      saved: savedLayers(root),
    };
  });
}
