import { extname } from 'node:path';
import type * as tf from '../tf';
import { reason } from '../utils/reason';
import { withRegularFile } from '../utils/regular_file';
import { FORMATS } from './formats';
import { ModelFileError } from './model_file_error';

// What is wrong with a file may be as long as the file: the first and the last characters tell what.
const ENDS = 1000;

const shortened = (text: string) => (text.length > 2 * ENDS ? `${text.slice(0, ENDS)} … ${text.slice(-ENDS)}` : text);

/**
 * Loads a whole model: Keras 3's `.keras`, Keras's legacy `.h5`, or the `model.json` of tfjs, with the files beside it;
 * saved here, by Python Keras, by tfjs or by its converter, quantized or not. It is compiled as it was, with the optimizer's state where the file holds it; what
 * tfjs has no match for is told in a warning: a metric is then left out, and for anything else the model left uncompiled. `classNames`
 * tells the names of its classes. Mirrors `keras.saving.load_model`.
 *
 * @throws ModelFileError naming the path when the file is missing, damaged, or of another format; naming the layer that
 *   can't be built here.
 *
 * @example
 * const best = await models.loadModel('feature_extraction.keras');
 */
export async function loadModel(path: string): Promise<tf.LayersModel> {
  const format = FORMATS.get(extname(path));
  if (!format) {
    throw new ModelFileError(
      `Can't load the model. Expected a path that ends in ${[...FORMATS.keys()].join(', ')}. Received: '${path}'`,
      path,
    );
  }
  try {
    await withRegularFile(path, async () => {});
    return await format.load(path);
  } catch (error) {
    if (error instanceof ModelFileError && error.path === path) throw error;
    const message = `Can't load the model. Expected ${format.what}. Received: '${path}' (${shortened(reason(error))}).`;
    throw new ModelFileError(message, path, { cause: error });
  }
}
