import { basename, join } from 'node:path';
import type * as tf from '../tf';
import { writeWhole } from '../utils/write_whole';
import { isHdf5 } from './hdf5/hdf5';
import { readKerasArchive, writeKerasArchive } from './keras_archive';
import { serializeModel } from './keras_json/serialize_model';
import type { KerasObject } from './keras_json/types';
import { readLegacyH5, writeLegacyH5 } from './legacy_h5';
import { loadKerasModel } from './load_keras_model';
import type { ModelFile } from './model_file';
import { loadTfjsModel } from './tfjs_json/load_tfjs_model';
import { tfjsArtifacts, writeTfjsModel } from './tfjs_json/write_tfjs_model';

/** A format of whole models. */
export interface ModelFormat {
  /** What is expected of a file, in an error. */
  what: string;
  /** @throws Error saying what is wrong with the file, or naming the layer that can't be built here. */
  load: (path: string) => Promise<tf.LayersModel>;
  /**
   * Puts a model into the format's words, and gives what then writes it at `path`, whole or not at all. What isn't whole
   * yet goes into `folder`, an empty one beside it. Names of classes go with it, where they are given.
   *
   * @throws Error naming the layer that the format has no match for.
   */
  serialize: (model: tf.LayersModel, path: string, classNames?: string[]) => Promise<(folder: string) => Promise<void>>;
}

/** A format in which a file holds Keras's JSON and the weights. */
const ofKeras = (
  what: string,
  read: (path: string) => Promise<ModelFile>,
  write: (
    model: tf.LayersModel,
    config: KerasObject,
    path: string,
    classNames: string[] | undefined,
    folder: string,
  ) => Promise<void>,
): ModelFormat => ({
  what,
  load: (path) => loadKerasModel(path, read),
  async serialize(model, path, classNames) {
    const config = serializeModel(model);
    return (folder) =>
      writeWhole(path, (beside) => write(model, config, beside, classNames, folder), join(folder, basename(path)));
  },
});

/** Until 2.12, Keras by itself wrote HDF5 whatever the extension. */
const readKeras = async (path: string) => ((await isHdf5(path)) ? readLegacyH5(path) : readKerasArchive(path));

/** The formats that models are loaded from and saved in, by the extension of the path. */
export const FORMATS = new Map<string, ModelFormat>([
  ['.keras', ofKeras('a `.keras` file of Keras 3', readKeras, writeKerasArchive)],
  ['.h5', ofKeras("a whole model in Keras's HDF5 format", readLegacyH5, writeLegacyH5)],
  [
    '.json',
    {
      what: "a `model.json` of tfjs's layers",
      load: loadTfjsModel,
      async serialize(model, path, classNames) {
        const artifacts = await tfjsArtifacts(model, basename(path, '.json'), classNames);
        return (folder) => writeTfjsModel(artifacts, path, folder);
      },
    },
  ],
]);
