import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as tf from '../../tf';
import { layerPaths } from '../../tfjs/layer_paths';
import { ifThere } from '../../utils/if_there';
import { readText } from '../../utils/regular_file';
import { writeWhole } from '../../utils/write_whole';
import { readModelConfig } from '../keras_json/types';
import { readManifest } from './model_json';
import { standInsOf, withStandIns } from './stand_ins';

// A page loads some MB at a time, so that it can tell how far it is.
const SHARD_BYTES = 4 * 2 ** 20;
// How the name of each file goes on after that of the model.
const OWN_SHARD = /^-[0-9a-f]{8}-\d+of\d+\.bin$/;

/** A model in tfjs's format: the text of its `model.json`, and its weights cut into files. */
export interface TfjsArtifacts {
  json: string;
  shards: { name: string; bytes: Buffer }[];
}

/**
 * Puts a model into tfjs's layers format, its optimizer left out. Mirrors `tf.LayersModel.save`.
 *
 * @param name What the files of weights are called, before what tells those of one model from another's.
 * @param classNames What the model's classes are called: `model.getUserDefinedMetadata().classNames` in tfjs.
 *
 * @throws Error naming a layer that nothing in tfjs stands in for, or the one that has weights of the same name as another's,
 *   which tfjs could not tell apart.
 */
export async function tfjsArtifacts(
  model: tf.LayersModel,
  name: string,
  classNames?: string[],
): Promise<TfjsArtifacts> {
  const standIns = standInsOf(model);
  const modelTopology = withStandIns(model, readModelConfig(model.toJSON(null, false)), standIns);
  const weights = [...new Set(layerPaths(model).flatMap(({ layer }) => layer.weights))];
  const names = weights.map(({ originalName }) => originalName);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice) {
    const layer = twice.split('/')[0];
    throw new Error(`Two layers are called '${layer}', which tfjs can't tell apart. Give each a name of its own.`);
  }
  const kept = new Set([...standIns.keys()].flatMap(({ weights }) => weights));
  const tensors = weights.filter((weight) => !kept.has(weight));
  const { data, specs: weightSpecs } = await tf.io.encodeWeights(
    tensors.map((weight) => ({ name: weight.originalName, tensor: weight.read() })),
  );
  const bytes = Buffer.from(data);
  // Named after what they hold: files of an earlier model are never taken for this one's.
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
  const shards = Array.from({ length: count }, (_, index) => ({
    name: `${name}-${hash}-${index + 1}of${count}.bin`,
    bytes: bytes.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
  }));
  const weightsManifest = [{ paths: shards.map(({ name }) => name), weights: weightSpecs }];
  const format = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-layers v${tf.version_layers}`,
    convertedBy: null,
  };
  const userDefinedMetadata = classNames && { classNames };
  return { json: JSON.stringify({ ...format, modelTopology, userDefinedMetadata, weightsManifest }), shards };
}

/** The files of weights that the `model.json` at `path` names and that are called as Thaw calls them; none where there is no such file. */
async function shardsOf(path: string): Promise<string[]> {
  const text = await ifThere(readText(path));
  if (text === undefined) return [];
  try {
    const { paths } = readManifest(JSON.parse(text));
    const name = basename(path, '.json');
    return paths.filter((shard) => shard.startsWith(name) && OWN_SHARD.test(shard.slice(name.length)));
  } catch {
    // Not of tfjs: whatever lies beside it isn't its weights.
    return [];
  }
}

/**
 * Writes a model in tfjs's format: `path` last, so that it never names a file that isn't there; then removes what it
 * replaced. Where that fails, nothing new is left.
 */
export async function writeTfjsModel({ json, shards }: TfjsArtifacts, path: string, folder: string): Promise<void> {
  const before = await shardsOf(path);
  const after = shards.map(({ name }) => name);
  const remove = (names: string[], but: string[]) =>
    Promise.all(
      names.filter((name) => !but.includes(name)).map((name) => rm(join(dirname(path), name), { force: true })),
    );
  try {
    for (const { name, bytes } of shards) {
      await writeWhole(join(dirname(path), name), (beside) => writeFile(beside, bytes), join(folder, name));
    }
    await writeWhole(path, (beside) => writeFile(beside, json), join(folder, basename(path)));
  } catch (error) {
    await remove(after, before);
    throw error;
  }
  await remove(before, after);
}
