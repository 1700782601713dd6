import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '../tf';
import { compileFromConfig } from './compile_config';
import { deserializeModel } from './deserialize_model';
import { reason } from './hdf5';
import type { Json } from './keras_layers';
import { setSavedLayers } from './load_weights';
import { readSavedLayers, type SavedLayers } from './saved_layers';
import { readZip } from './zip';

async function readKeras(path: string): Promise<{ config: Json; saved: SavedLayers }> {
  const folder = await mkdtemp(join(tmpdir(), 'thaw-'));
  try {
    const weights = join(folder, 'model.weights.h5');
    const config = JSON.parse(await readZip(path, 'config.json', 'model.weights.h5', weights)) as Json;
    return { config, saved: await readSavedLayers(weights) };
  } catch (error) {
    throw new Error(
      `Can't load the model. Expected a \`.keras\` file of Keras 3. Received: '${path}' (${reason(error)}).`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Loads a model from Keras 3's `.keras`, saved here or by Python Keras, compiled if it was when it was saved. Mirrors
 * `keras.saving.load_model`.
 *
 * @throws Error naming the path when it is missing, no zip, damaged, or lacks a member; naming the layer that can't be
 *   built here.
 *
 * @example
 * const best = await models.loadModel('feature_extraction.keras');
 */
export async function loadModel(path: string): Promise<tf.LayersModel> {
  const { config, saved } = await readKeras(path);
  let model: tf.LayersModel;
  try {
    model = await deserializeModel(config);
  } catch (error) {
    throw new Error(`Can't load the model in '${path}'. ${reason(error)}`);
  }
  try {
    setSavedLayers(model, saved, path);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const compileConfig = config.compile_config as Json | null | undefined;
  if (compileConfig?.optimizer) {
    try {
      compileFromConfig(model, compileConfig);
    } catch (error) {
      console.warn(`The model in '${path}' is loaded but not compiled: tfjs has no match for ${reason(error)}.`);
    }
  }
  return model;
}
