import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import type * as tf from '../tf';
import { makeTemporaryFolder } from '../tfjs/temporary_folder';
import { checkOptions } from '../utils/check_options';
import { reason } from '../utils/reason';
import { shown } from '../utils/shown';
import { checkClassNames, classNames } from './class_names';
import { FORMATS } from './formats';
import { reasonWithin } from './reason_within';

/** The arguments of `saveModel`, besides the model and the path. */
export interface SaveModelArgs {
  /**
   * What the model's classes are called, in the order of its units; where it has one unit, what it takes a picture for when
   * off, and when on. Defaults to those that the model was loaded with.
   */
  classNames?: readonly string[];
}

/** The names to save with a model: those that are given, else those that it was loaded with. */
const namesOf = (model: tf.LayersModel, given: readonly string[] | undefined) =>
  given === undefined ? classNames(model) : checkClassNames(model, given);

/**
 * A folder beside the model that is to be saved at `path`, for what isn't whole yet.
 *
 * @throws Error naming `path` when its folder can't be made or written to.
 */
export async function temporaryFolder(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return resolve(makeTemporaryFolder(dirname(path), `.${basename(path)}-`));
  } catch (error) {
    throw new Error(
      `Can't save a model at '${shown(path)}': its folder can't be written to. Choose another path. (${reason(error)})`,
      { cause: error },
    );
  }
}

/**
 * Saves a model in the format that the path's extension names. The file appears whole or not at all, and missing
 * folders are made. Mirrors `keras.saving.save_model`.
 *
 * - `.keras`, Keras 3's: architecture, weights, how it was compiled, and the optimizer's state. Python Keras opens it.
 * - `.h5`, Keras's legacy format: the same without the optimizer's state, for older programs.
 * - `.json`, tfjs's, with files of weights beside it: architecture and weights, for `tf.loadLayersModel` in a web page.
 *
 * Class names that are given go with it, where Python Keras and tfjs pass them over; `classNames` gives those of a loaded model.
 *
 * @throws Error when the path has none of these extensions or can't be written, when an option is unknown or class names
 *   aren't the model's in number, can't be printed or come twice, or naming the layer that the format has no match for:
 *   before anything is written.
 *
 * @example
 * await models.saveModel(model, 'pets.keras', { classNames: trainDataset.classNames });
 */
export async function saveModel(model: tf.LayersModel, path: string, args: SaveModelArgs = {}): Promise<void> {
  checkOptions('saveModel', args, { classNames: true });
  const format = FORMATS.get(extname(path));
  if (!format) {
    const known = [...FORMATS.keys()].map((extension) => `\`${extension}\``);
    const expected = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(known);
    throw new Error(`Invalid path: expected the extension ${expected}. Received: '${shown(path)}'`);
  }
  if (path.endsWith('.weights.h5')) {
    throw new Error(
      `Invalid path: \`.weights.h5\` is for weights only, which Thaw reads and doesn't write. Save the whole model as ` +
        `\`.keras\`. Received: '${shown(path)}'`,
    );
  }
  // What can't be put in the format's words is found out before a folder is made.
  const write = await format.serialize(model, path, namesOf(model, args.classNames));
  const folder = await temporaryFolder(path);
  try {
    await write(folder);
  } catch (error) {
    throw new Error(`Can't save the model at '${shown(path)}': ${reasonWithin(error, folder)}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
