import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { Normalization } from '../layers/normalization';
import * as tf from '../tf';
import { layerPaths } from '../tfjs/layer_paths';
import { checkCalls, type LayerConfig } from './keras_json/model_graph';
import { original, standIn, type TopologyLayer } from './tfjs_stand_ins';
import { MAX_TEXT_BYTES } from './zip';

/** What tfjs hands to whoever saves a model. */
type ModelArtifacts = Parameters<Parameters<typeof tf.io.withSaveHandler>[0]>[0];
type WeightSpec = NonNullable<ModelArtifacts['weightSpecs']>[number];

/** A `model.json`. */
interface ModelJson {
  modelTopology?: Partial<TopologyLayer> & { model_config?: TopologyLayer };
  /** What the files of weights hold that lie beside it. */
  weightsManifest?: { paths: string[]; weights: WeightSpec[] }[];
  trainingConfig?: ModelArtifacts['trainingConfig'];
}

// A page loads some MB at a time, so that it can tell how far it is.
const SHARD_BYTES = 4 * 2 ** 20;

/** A model in tfjs's format: the text of its `model.json`, and its weights cut into files. */
export interface TfjsArtifacts {
  json: string;
  shards: { name: string; bytes: Buffer }[];
}

/**
 * Puts a model into tfjs's layers format, its optimizer left out. Mirrors `tf.LayersModel.save`.
 *
 * @param name What the files of weights are called, before what tells those of one model from another's.
 *
 * @throws Error when two layers have weights of the same name, which tfjs could not tell apart.
 */
export async function tfjsArtifacts(model: tf.LayersModel, name: string): Promise<TfjsArtifacts> {
  const modelTopology = standIn(model, model.toJSON(null, false) as unknown as TopologyLayer);
  const weights = layerPaths(model).flatMap(({ layer }) => (layer instanceof Normalization ? [] : layer.weights));
  const tensors = [...new Set(weights)].map((weight) => ({ name: weight.originalName, tensor: weight.read() }));
  const { data, specs: weightSpecs } = await tf.io.encodeWeights(tensors);
  const names = weightSpecs.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice) {
    const layer = twice.split('/')[0];
    throw new Error(`Two layers are called '${layer}', which tfjs can't tell apart. Give each a name of its own.`);
  }
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
  return { json: JSON.stringify({ ...format, modelTopology, weightsManifest }), shards };
}

/** The files of weights that the `model.json` at `path` names; none where there is no such file. */
async function shardsOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    const { weightsManifest = [] } = JSON.parse(text) as ModelJson;
    return weightsManifest
      .flatMap(({ paths }) => paths)
      .filter((name) => /^-[0-9a-f]{8}-\d+of\d+\.bin$/.test(name.replace(basename(path, '.json'), '')));
  } catch {
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
      await writeFile(join(folder, name), bytes);
      await rename(join(folder, name), join(dirname(path), name));
    }
    await writeFile(join(folder, basename(path)), json);
    await rename(join(folder, basename(path)), path);
  } catch (error) {
    await remove(after, before);
    throw error;
  }
  await remove(before, after);
}

const BYTES: Record<string, number> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

/** How many bytes an array of weights takes. */
function byteLength({ name, dtype, shape, quantization }: WeightSpec): number {
  const itemSize = BYTES[quantization?.dtype ?? dtype];
  if (itemSize === undefined || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new Error(`the weights '${name}' are ${dtype} of shape ${JSON.stringify(shape)}`);
  }
  return shape.reduce((product, size) => product * size, itemSize);
}

function shardPath(path: string, name: string): string {
  if (isAbsolute(name) || name.split(/[\\/]/).includes('../..')) {
    throw new Error(`its weights lie outside its folder: '${name}'`);
  }
  return join(dirname(path), name);
}

/** What a `model.json` and the files beside it hold: what tfjs loads, and how many numbers they are. */
export async function readTfjsModel(path: string): Promise<{ artifacts: ModelArtifacts; values: number }> {
  const { size } = await stat(path);
  if (size > MAX_TEXT_BYTES) throw new Error(`it has ${size} bytes, which no network's has`);
  const { modelTopology, weightsManifest, trainingConfig } = JSON.parse(await readFile(path, 'utf8')) as ModelJson;
  const model = modelTopology?.model_config ?? modelTopology;
  if (!model?.config || !weightsManifest) {
    throw new Error('it holds no layers model of tfjs');
  }
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  if (new Set(weightSpecs.map(({ name }) => name)).size < weightSpecs.length)
    throw new Error('it has two weights of one name');
  const expected = weightSpecs.reduce((sum, spec) => sum + byteLength(spec), 0);
  const files = weightsManifest.flatMap(({ paths }) => paths).map((name) => shardPath(path, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const held = sizes.reduce((sum, size) => sum + size, 0);
  if (held !== expected) {
    throw new Error(`its weights take ${expected} bytes, and the files beside it have ${held}`);
  }
  const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const topology = original(model as TopologyLayer);
  checkCalls(topology as LayerConfig);
  return {
    artifacts: { modelTopology: topology, weightSpecs, weightData, ...(trainingConfig && { trainingConfig }) },
    values: weightSpecs.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0),
  };
}
