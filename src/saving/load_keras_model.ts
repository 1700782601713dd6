import type * as tf from '../tf';
import { reason } from '../utils/reason';
import { shown } from '../utils/shown';
import { loadClassNames } from './class_names';
import { replaceHubLayers } from './hub_layers';
import { foldChannelOperations } from './keras_json/channel_operations';
import { compileFromConfig } from './keras_json/compile_config';
import { deserializeModel, innerModel } from './keras_json/deserialize_model';
import { replaceKeras2Operations } from './keras_json/keras2_operations';
import { isJson, type Json } from './keras_json/types';
import { inKeras3Order } from './keras2_optimizer_state';
import { setSavedLayers } from './load_weights';
import type { ModelFile } from './model_file';
import { setOptimizerArrays } from './optimizer_state';
import type { SavedOptimizer } from './saved_layers';

/** The layer that goes by the last name, in the models that go by those before. */
function layerAt(model: tf.LayersModel, path: string[]): tf.layers.Layer {
  const inner = path.slice(0, -1).reduce(innerModel, model);
  return inner.getLayer(path.at(-1)!);
}

async function compile(
  model: tf.LayersModel,
  config: Json,
  optimizer: SavedOptimizer | undefined,
  path: string,
): Promise<void> {
  try {
    const unmatched = compileFromConfig(model, config);
    if (unmatched.length > 0) {
      console.warn(
        `The model in '${shown(path)}' is compiled without what tfjs has no match for: ${shown(unmatched.join(', '))}.`,
      );
    }
  } catch (error) {
    console.warn(`The model in '${shown(path)}' is loaded but not compiled: tfjs has no match for ${reason(error)}.`);
    return;
  }
  if (optimizer && optimizer.arrays.length > 0) {
    try {
      await setOptimizerArrays(model, inKeras3Order(model, optimizer));
    } catch (error) {
      console.warn(`The model in '${shown(path)}' is loaded, its optimizer starts anew: ${reason(error)}`);
    }
  }
}

/**
 * Loads the model that a file in one of Keras's formats holds, compiled as it was. What tfjs has no match for in how it was
 * compiled is told in a warning.
 *
 * @param read Reads the format.
 * @throws Error saying what is wrong with the file, or naming the layer that can't be built here.
 */
export async function loadKerasModel(
  path: string,
  read: (path: string) => Promise<ModelFile>,
): Promise<tf.LayersModel> {
  const { config: written, compileConfig, classNames, saved: all, words } = await read(path);
  const { config, saved, networks } = await replaceHubLayers(written, all);
  const { config: withoutOperations, folded } = foldChannelOperations(replaceKeras2Operations(config));
  const apart = [...networks, ...folded];
  const arrays = [...saved.layers, ...apart].flatMap(({ weights }) => weights);
  const values = arrays.reduce((sum, { values }) => sum + values.length, 0);
  const model = deserializeModel(withoutOperations, values, words);
  try {
    const more = apart.map(({ path, weights }) => [layerAt(model, path), weights] as const);
    setSavedLayers(model, saved, path, new Map(more));
  } catch (error) {
    model.dispose();
    throw error;
  }
  loadClassNames(model, path, classNames);
  if (isJson(compileConfig) && compileConfig.optimizer) {
    await compile(model, compileConfig, saved.optimizer, path);
  }
  return model;
}
