import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import * as tf from '../tf';
import { withWeightBudget } from '../tfjs/weight_budget';
import { reason } from '../utils/reason';
import { readKerasArchive } from './keras_archive';
import { foldChannelOperations } from './keras_json/channel_operations';
import { compileFromConfig } from './keras_json/compile_config';
import { deserializeModel } from './keras_json/deserialize_model';
import { readLegacyH5 } from './legacy_h5';
import { setSavedLayers } from './load_weights';
import type { ModelFile } from './model_file';
import { ModelFileError } from './model_file_error';
import { setOptimizerArrays } from './optimizer_state';
import { readTfjsModel } from './tfjs_model';

/** The formats of whole models, each by its extension: what it is called and how its file is read. */
const FORMATS: Record<string, { what: string; load: (path: string) => Promise<tf.LayersModel> }> = {
  '.keras': { what: 'a `.keras` file of Keras 3', load: (path) => loadKeras(path, readKerasArchive) },
  '.h5': { what: "a whole model in Keras's HDF5 format", load: (path) => loadKeras(path, readLegacyH5) },
  '.json': { what: "a `model.json` of tfjs's layers", load: loadTfjs },
};

async function loadKeras(path: string, read: (path: string) => Promise<ModelFile>): Promise<tf.LayersModel> {
  const { config, compileConfig, saved } = await read(path);
  const { config: withoutOperations, folded } = foldChannelOperations(config);
  const arrays = [...saved.layers, ...folded].flatMap(({ weights }) => weights);
  const values = arrays.reduce((sum, { values }) => sum + values.length, 0);
  const model = await withWeightBudget(values, () => deserializeModel(withoutOperations));
  try {
    const more = folded.map(({ path, weights }) => [innerLayer(model, path), weights] as const);
    setSavedLayers(model, saved, path, new Map(more));
  } catch (error) {
    model.dispose();
    throw error;
  }
  if (compileConfig?.optimizer) {
    await compile(model, compileConfig, saved.optimizer ?? [], path);
  }
  return model;
}

/** The layer that goes by the last name, in the models that go by those before. */
function innerLayer(model: tf.LayersModel, names: string[]): tf.layers.Layer {
  return names.reduce<tf.layers.Layer>((layer, name) => (layer as tf.LayersModel).getLayer(name), model);
}

async function compile(
  model: tf.LayersModel,
  config: NonNullable<ModelFile['compileConfig']>,
  optimizer: NonNullable<ModelFile['saved']['optimizer']>,
  path: string,
): Promise<void> {
  try {
    const unmatched = compileFromConfig(model, config);
    if (unmatched.length > 0) {
      console.warn(`The model in '${path}' is compiled without what tfjs has no match for: ${unmatched.join(', ')}.`);
    }
  } catch (error) {
    console.warn(`The model in '${path}' is loaded but not compiled: tfjs has no match for ${reason(error)}.`);
    return;
  }
  if (optimizer.length > 0) {
    try {
      await setOptimizerArrays(model, optimizer);
    } catch (error) {
      console.warn(`The model in '${path}' is loaded, its optimizer starts anew: ${reason(error)}`);
    }
  }
}

type TrainingConfig = Parameters<tf.LayersModel['loadTrainingConfig']>[0];

/** Compiles `model` as tfjs has saved it, with the optimizer's `slots`. */
async function compileAsTfjs(
  model: tf.LayersModel,
  config: TrainingConfig,
  slots: { name: string; tensor: tf.Tensor }[],
  path: string,
): Promise<void> {
  try {
    model.loadTrainingConfig(config);
    // Nobody else has it: it goes when the model goes.
    Object.assign(model, { isOptimizerOwned: true });
    if (slots.length > 0) await model.optimizer.setWeights(slots);
  } catch (error) {
    console.warn(`The model in '${path}' is loaded but not compiled: ${reason(error)}`);
  }
}

async function loadTfjs(path: string): Promise<tf.LayersModel> {
  const { artifacts, values } = await readTfjsModel(path);
  const { modelTopology, weightData, weightSpecs, trainingConfig } = artifacts;
  const tensors = tf.io.decodeWeights(weightData as ArrayBuffer, weightSpecs!);
  const ofOptimizer = new Set(weightSpecs!.filter(({ group }) => group === 'optimizer').map(({ name }) => name));
  const named = Object.entries(tensors);
  try {
    const model = await withWeightBudget(values, async () => {
      const model = await tf.models.modelFromJSON(modelTopology as Parameters<typeof tf.models.modelFromJSON>[0]);
      model.loadWeights(Object.fromEntries(named.filter(([name]) => !ofOptimizer.has(name))));
      return model;
    });
    if (trainingConfig) {
      const slots = named.filter(([name]) => ofOptimizer.has(name)).map(([name, tensor]) => ({ name, tensor }));
      await compileAsTfjs(model, trainingConfig as TrainingConfig, slots, path);
    }
    return model;
  } finally {
    tf.dispose(tensors);
  }
}

/**
 * Loads a whole model: Keras 3's `.keras`, Keras's legacy `.h5`, or the `model.json` of tfjs, with the files beside it;
 * saved here, by Python Keras or by tfjs. It is compiled as it was, with the optimizer's state where the file holds it; what
 * tfjs has no match for is told in a warning: a metric is then left out, and for anything else the model left uncompiled. Mirrors `keras.saving.load_model`.
 *
 * @throws ModelFileError naming the path when the file is missing, damaged, or of another format; naming the layer that
 *   can't be built here.
 *
 * @example
 * const best = await models.loadModel('feature_extraction.keras');
 */
export async function loadModel(path: string): Promise<tf.LayersModel> {
  const format = FORMATS[extname(path)];
  if (!format) {
    throw new ModelFileError(
      `Can't load the model. Expected a path that ends in ${Object.keys(FORMATS).join(', ')}. Received: '${path}'`,
      path,
    );
  }
  try {
    if (!(await stat(path)).isFile()) throw new Error('it is no file');
    return await format.load(path);
  } catch (error) {
    if (error instanceof ModelFileError && error.path === path) throw error;
    const message = `Can't load the model. Expected ${format.what}. Received: '${path}' (${reason(error)}).`;
    throw new ModelFileError(message, path, { cause: error });
  }
}
