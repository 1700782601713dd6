import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import * as tf from '../../tf';
import { withWeightBudget } from '../../tfjs/weight_budget';
import { reason } from '../../utils/reason';
import { checkCalls } from '../keras_json/model_graph';
import { MAX_TEXT_BYTES } from '../zip';
import { byteLength, type Manifest, type ModelJson, readModelJson } from './model_json';
import { keptWeights, withoutStandIns } from './stand_ins';

function shardPath(path: string, name: string): string {
  if (isAbsolute(name) || name.split(/[\\/]/).includes('..')) {
    throw new Error(`its weights lie outside its folder: '${name}'`);
  }
  return join(dirname(path), name);
}

/** @throws Error when the files of weights beside the `model.json` at `path` hold something else than it says. */
async function readWeights({ paths, weights }: Manifest, path: string): Promise<tf.NamedTensorMap> {
  if (new Set(weights.map(({ name }) => name)).size < weights.length) throw new Error('it has two weights of one name');
  const expected = weights.reduce((sum, spec) => sum + byteLength(spec), 0);
  const files = paths.map((name) => shardPath(path, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const held = sizes.reduce((sum, size) => sum + size, 0);
  if (held !== expected) {
    throw new Error(`its weights take ${expected} bytes, and the files beside it have ${held}`);
  }
  const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
  return tf.io.decodeWeights(new Uint8Array(bytes).buffer, weights);
}

type Topology = Parameters<typeof tf.models.modelFromJSON>[0];
type TrainingConfig = Parameters<tf.LayersModel['loadTrainingConfig']>[0];

/** Compiles `model` as tfjs has saved it, with the optimizer's `slots`. */
async function compile(
  model: tf.LayersModel,
  config: ModelJson['trainingConfig'],
  slots: { name: string; tensor: tf.Tensor }[],
  path: string,
): Promise<void> {
  try {
    model.loadTrainingConfig(config as TrainingConfig);
    // Nobody else has it: it goes when the model goes.
    Object.assign(model, { isOptimizerOwned: true });
    if (slots.length > 0) await model.optimizer.setWeights(slots);
  } catch (error) {
    console.warn(`The model in '${path}' is loaded but not compiled: ${reason(error)}`);
  }
}

/**
 * Loads the model that a `model.json` of tfjs's and the files beside it hold, compiled as it was. What tfjs has no match for
 * in how it was compiled is told in a warning.
 *
 * @throws Error saying what is wrong with the files, or naming the layer that can't be built here.
 */
export async function loadTfjsModel(path: string): Promise<tf.LayersModel> {
  const { size } = await stat(path);
  if (size > MAX_TEXT_BYTES) throw new Error(`it has ${size} bytes, which no network's has`);
  const { topology, trainingConfig, ...manifest } = readModelJson(JSON.parse(await readFile(path, 'utf8')));
  const model = withoutStandIns(topology);
  checkCalls(model);
  const kept = keptWeights(topology);
  const tensors = await readWeights(manifest, path);
  for (const [name, { values, shape }] of kept) tensors[name] ??= tf.tensor(values, shape);
  const ofOptimizer = new Set(manifest.weights.filter(({ group }) => group === 'optimizer').map(({ name }) => name));
  const named = Object.entries(tensors);
  const values = named.reduce((sum, [, { size }]) => sum + size, 0);
  try {
    const made = await withWeightBudget(values, async () => {
      const made = await tf.models.modelFromJSON(model as Topology);
      made.loadWeights(Object.fromEntries(named.filter(([name]) => !ofOptimizer.has(name))));
      return made;
    });
    if (trainingConfig) {
      const slots = named.filter(([name]) => ofOptimizer.has(name)).map(([name, tensor]) => ({ name, tensor }));
      await compile(made, trainingConfig, slots, path);
    }
    return made;
  } finally {
    tf.dispose(tensors);
  }
}
