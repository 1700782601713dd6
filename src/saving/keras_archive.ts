import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type * as tf from '../tf';
import { layerPaths } from '../tfjs/layer_paths';
import { makeTemporaryFolder } from '../tfjs/temporary_folder';
import { reason } from '../utils/reason';
import { type File, writeHdf5 } from './hdf5/hdf5';
import { groupAt, type NamedArray, writeArrays } from './hdf5/write_arrays';
import { kerasWords } from './keras_json/deserialize_model';
import { isJson, type Json, type KerasObject, readModelConfig } from './keras_json/types';
import { KERAS_VERSION, type ModelFile } from './model_file';
import { optimizerArrays } from './optimizer_state';
import { reasonWithin } from './reason_within';
import { readSavedLayers } from './saved_layers';
import { readZip, readZipText, writeZip } from './zip';

/** The date as Keras writes it: 2026-01-31@12:00:00. */
function now(): string {
  return new Date().toISOString().slice(0, 19).replace('T', '@');
}

function writeVariables(file: File, path: string, name: string, arrays: NamedArray[]): void {
  const group = groupAt(file, `${path}/vars`);
  group.create_attribute('name', name);
  writeArrays(group, arrays);
}

/**
 * Writes Keras 3's `.keras` at `path`: a zip of architecture, weights, and how the model was compiled, with its
 * optimizer's state. `folder` is for what isn't whole yet. Mirrors `keras.src.saving.saving_lib.save_model`.
 *
 * @param config What `serializeModel` gives for the model.
 * @param classNames What its classes are called, for `metadata.json`, of which Keras reads nothing.
 */
export async function writeKerasArchive(
  model: tf.LayersModel,
  config: KerasObject,
  path: string,
  classNames: string[] | undefined,
  folder: string,
): Promise<void> {
  const optimizer = model.optimizer ? await optimizerArrays(model) : [];
  const weights = join(folder, 'model.weights.h5');
  await writeHdf5(weights, (file) => {
    file.create_group('vars').create_attribute('name', model.name);
    for (const { path, layer } of layerPaths(model)) {
      const arrays = layer.getWeights().map((weight, index) => ({
        name: String(index),
        shape: weight.shape,
        values: weight.dataSync<'float32'>(),
      }));
      writeVariables(file, path, layer.name, arrays);
    }
    if (optimizer.length > 0) {
      // The first is the number of steps.
      const arrays = optimizer.map((array, index) => ({ ...array, name: String(index), integer: index === 0 }));
      writeVariables(file, 'optimizer', model.optimizer.getClassName().toLowerCase(), arrays);
    }
  });
  const metadata = { keras_version: KERAS_VERSION, date_saved: now(), class_names: classNames };
  await writeZip(path, [
    { name: 'metadata.json', text: JSON.stringify(metadata) },
    { name: 'config.json', text: JSON.stringify(config) },
    { name: 'model.weights.h5', file: weights },
  ]);
}

/** A folder for the weights while they are read, in the system's. */
function folderForWeights(): string {
  try {
    return resolve(makeTemporaryFolder(tmpdir(), 'thaw-'));
  } catch (error) {
    const message = `no folder can be made in '${tmpdir()}' for the weights; TMPDIR names another: ${reason(error)}`;
    throw new Error(message, { cause: error });
  }
}

/**
 * Reads Keras 3's `.keras`, saved here or by Python Keras. Mirrors `keras.src.saving.saving_lib.load_model`.
 *
 * @throws Error when it is no zip, is damaged, or lacks a member.
 */
export async function readKerasArchive(path: string): Promise<ModelFile> {
  const folder = folderForWeights();
  try {
    const weights = join(folder, 'model.weights.h5');
    const config = readModelConfig(JSON.parse(await readZip(path, 'config.json', 'model.weights.h5', weights)));
    // It is no part of the model: what is wrong with it is told with the names.
    const metadata = await readZipText(path, 'metadata.json')
      .then((text): unknown => (text === undefined ? undefined : JSON.parse(text)))
      .catch((error: Error) => error);
    const { keras_version, class_names }: Json = isJson(metadata) ? metadata : {};
    const classNames = () => {
      if (metadata instanceof Error) throw metadata;
      return class_names;
    };
    return {
      config,
      words: kerasWords(keras_version),
      compileConfig: config.compile_config,
      classNames,
      saved: await readSavedLayers(weights),
    };
  } catch (error) {
    throw new Error(reasonWithin(error, folder), { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
