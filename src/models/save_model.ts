import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type * as tf from '../tf';
import { type Group, reason, writeHdf5 } from './hdf5';
import { layerPaths } from './layer_paths';
import { serializeModel } from './serialize_model';
import { writeZip } from './zip';

// The Keras whose format is written.
const KERAS_VERSION = '3.15.1';

/** The date as Keras writes it: 2026-01-31@12:00:00. */
function now(): string {
  return new Date().toISOString().slice(0, 19).replace('T', '@');
}

function writeWeights(model: tf.LayersModel, path: string): Promise<void> {
  return writeHdf5(path, (file) => {
    file.create_group('vars').create_attribute('name', model.name);
    for (const { path: group, layer } of layerPaths(model)) {
      const parts = [...group.split('/'), 'vars'];
      const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
      for (const folder of paths) {
        if (file.get(folder) === null) {
          file.create_group(folder);
        }
      }
      const variables = file.get(paths.at(-1)!) as Group;
      variables.create_attribute('name', layer.name);
      layer.getWeights().forEach((weight, index) => {
        variables.create_dataset({
          name: String(index),
          data: weight.dataSync() as Float32Array,
          shape: weight.shape,
          dtype: '<f',
        });
      });
    }
  });
}

/**
 * An empty folder beside the model that is to be saved at `path`, for what isn't whole yet.
 *
 * @throws Error naming `path` when its folder can't be made or written to.
 */
export async function temporaryFolder(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  } catch (error) {
    throw new Error(
      `Can't save a model at '${path}': its folder can't be written to. Choose another path. (${reason(error)})`,
    );
  }
}

/**
 * Saves a model as Keras 3's `.keras`: architecture, weights, and how it was compiled; Python Keras opens it. The file
 * appears whole or not at all, and missing folders are made. The optimizer's state is not saved. Mirrors
 * `keras.saving.save_model`.
 *
 * @throws Error when the path doesn't end in `.keras` or can't be written, or naming the layer that Keras couldn't read:
 *   before anything is written.
 *
 * @example
 * await models.saveModel(model, 'feature_extraction.keras');
 */
export async function saveModel(model: tf.LayersModel, path: string): Promise<void> {
  if (!path.endsWith('.keras')) {
    throw new Error(`Invalid path: expected a \`.keras\` extension. Received: '${path}'`);
  }
  const config = JSON.stringify(serializeModel(model));
  const metadata = JSON.stringify({ keras_version: KERAS_VERSION, date_saved: now() });
  const folder = await temporaryFolder(path);
  try {
    const weights = join(folder, 'model.weights.h5');
    const whole = join(folder, 'whole.keras');
    await writeWeights(model, weights);
    await writeZip(whole, [
      { name: 'metadata.json', text: metadata },
      { name: 'config.json', text: config },
      { name: 'model.weights.h5', file: weights },
    ]);
    await rename(whole, path);
  } catch (error) {
    throw new Error(`Can't save the model at '${path}': ${reason(error)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
