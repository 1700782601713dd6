import * as tf from '../../tf';
import { unconstrained } from '../../tfjs/unconstrained';
import { reason } from '../../utils/reason';
import { readText } from '../../utils/regular_file';
import { shown } from '../../utils/shown';
import { loadClassNames } from '../class_names';
import { uncompile } from '../keras_json/compile_config';
import { buildModel } from '../keras_json/deserialize_model';
import { loadKerasModel } from '../load_keras_model';
import { MAX_TEXT_BYTES } from '../zip';
import { isOfKeras, readConvertedModel } from './converted_model';
import { checkIsLayersModel, classNamesIn, readModelJson } from './model_json';
import { readWeights } from './read_weights';
import { keptWeights, withoutStandIns } from './stand_ins';
import { TFJS } from './tfjs_words';
import { compileFromTraining } from './training_config';

/** The weights of a model and of its optimizer, by name. */
type Weights = Map<string, tf.Tensor>;

/** Compiles `model` as tfjs has saved it, with the optimizer's `slots`. */
async function compile(model: tf.LayersModel, training: unknown, slots: Weights, path: string): Promise<void> {
  try {
    compileFromTraining(model, training);
    if (slots.size > 0) {
      await model.optimizer.setWeights(Array.from(slots, ([name, tensor]) => ({ name, tensor })));
      const { iterations } = model.optimizer;
      if (!Number.isSafeInteger(iterations)) throw new Error(`its optimizer has made ${iterations} steps`);
    }
  } catch (error) {
    uncompile(model);
    console.warn(`The model in '${shown(path)}' is loaded but not compiled: ${reason(error)}`);
  }
}

/** Gives a model its weights. */
function setWeights(model: tf.LayersModel, weights: Weights): void {
  try {
    for (const { originalName: name, shape, dtype } of model.weights) {
      const received = weights.get(name);
      if (received && String(received.shape) !== String(shape)) {
        throw new Error(`Shape mismatch: the weights '${name}' are of shape [${received.shape}]. Expected [${shape}]`);
      }
      if (received && received.dtype !== dtype) {
        throw new Error(`the weights '${name}' are ${received.dtype}. Expected ${dtype}`);
      }
    }
    unconstrained(model.weights, () => model.loadWeights(Object.fromEntries(weights)));
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * Loads the model that a `model.json` and the files beside it hold, in tfjs's words or, as tfjs's converter writes them, in
 * Keras's; compiled as it was. What tfjs has no match for in how it was compiled is told in a warning.
 *
 * @throws Error saying what is wrong with the files, or naming the layer that can't be built here.
 */
export async function loadTfjsModel(path: string): Promise<tf.LayersModel> {
  const json: unknown = JSON.parse(await readText(path, MAX_TEXT_BYTES));
  checkIsLayersModel(json);
  if (isOfKeras(json)) return loadKerasModel(path, () => readConvertedModel(json, path));
  const { topology, trainingConfig, ...manifest } = readModelJson(json);
  const kept = keptWeights(topology);
  const weights = await readWeights(manifest, path);
  const all = [...weights.values()];
  try {
    const slots: Weights = new Map();
    for (const { name, group } of manifest.weights) {
      if (group !== 'optimizer') continue;
      slots.set(name, weights.get(name)!);
      weights.delete(name);
    }
    for (const [name, { values, shape }] of kept) {
      if (weights.has(name)) continue;
      const tensor = tf.tensor(values, shape);
      weights.set(name, tensor);
      all.push(tensor);
    }
    const values = [...weights.values()].reduce((sum, { size }) => sum + size, 0);
    const model = buildModel(withoutStandIns(topology), TFJS, values);
    setWeights(model, weights);
    loadClassNames(model, path, () => classNamesIn(json));
    if (trainingConfig) await compile(model, trainingConfig, slots, path);
    return model;
  } finally {
    tf.dispose(all);
  }
}
