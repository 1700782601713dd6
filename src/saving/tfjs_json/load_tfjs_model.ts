import * as tf from '../../tf';
import { unconstrained } from '../../tfjs/unconstrained';
import { reason } from '../../utils/reason';
import { readText } from '../../utils/regular_file';
import { shown } from '../../utils/shown';
import { loadClassNames } from '../class_names';
import { uncompile } from '../keras_json/compile_config';
import { buildModel } from '../keras_json/deserialize_model';
import { MAX_TEXT_BYTES } from '../zip';
import { byteLength, type Manifest, readModelJson } from './model_json';
import { readShards } from './read_shards';
import { keptWeights, withoutStandIns } from './stand_ins';
import { TFJS } from './tfjs_words';
import { compileFromTraining } from './training_config';

/** The weights of a model and of its optimizer, by name. */
type Weights = Map<string, tf.Tensor>;

/** @throws Error when the files of weights beside the `model.json` at `path` hold something else than it says. */
async function readWeights({ paths, weights }: Manifest, path: string): Promise<Weights> {
  if (new Set(weights.map(({ name }) => name)).size < weights.length) throw new Error('it has two weights of one name');
  const expected = weights.reduce((sum, spec) => sum + byteLength(spec), 0);
  const bytes = await readShards(path, paths, expected);
  // By number, since tfjs keeps them by name in an object, where not every name is one.
  const numbered = weights.map((spec, index) => ({ ...spec, name: String(index) }));
  // Tidied, for those before one that is wrong.
  const tensors = tf.tidy(() => tf.io.decodeWeights(bytes, numbered));
  return new Map(weights.map(({ name }, index) => [name, tensors[index]!]));
}

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
    unconstrained(model.weights, () => model.loadWeights(Object.fromEntries(weights)));
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * Loads the model that a `model.json` of tfjs's and the files beside it hold, compiled as it was. What tfjs has no match for
 * in how it was compiled is told in a warning.
 *
 * @throws Error saying what is wrong with the files, or naming the layer that can't be built here.
 */
export async function loadTfjsModel(path: string): Promise<tf.LayersModel> {
  const json: unknown = JSON.parse(await readText(path, MAX_TEXT_BYTES));
  const { topology, trainingConfig, classNames, ...manifest } = readModelJson(json);
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
    loadClassNames(model, path, () => classNames);
    if (trainingConfig) await compile(model, trainingConfig, slots, path);
    return model;
  } finally {
    tf.dispose(all);
  }
}
