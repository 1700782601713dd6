import type * as tf from '../../tf';
import { asJson, checkDepth, isJson, type Json, type ModelConfig, readModelConfig } from '../keras_json/types';
import { inOneSpelling } from './tfjs_words';

/** What one array of weights is: its name, type and shape. */
export type WeightSpec = Parameters<typeof tf.io.decodeWeights>[1][number];

/** What the files of weights beside a `model.json` are called, and what they hold, one after another. */
export interface Manifest {
  paths: string[];
  weights: WeightSpec[];
}

/** A `model.json`. */
export interface ModelJson extends Manifest {
  topology: ModelConfig;
  /** How the model was compiled, in tfjs's words; tfjs finds out whether it is right. */
  trainingConfig: unknown;
}

// How many bytes a number of each type takes.
const BYTES = new Map<unknown, number>([
  ['float32', 4],
  ['int32', 4],
  ['bool', 1],
]);
// The same where numbers are kept as steps from the least one.
const STEPS = new Map<unknown, number>([
  ['uint8', 1],
  ['uint16', 2],
]);

/** How many bytes each number takes: undefined where it is kept in a way that nobody reads. */
function bytesOf({ dtype, quantization }: Json | WeightSpec): number | undefined {
  if (quantization === undefined) return BYTES.get(dtype);
  if (!isJson(quantization)) return undefined;
  const { dtype: kept, min, scale } = quantization;
  if (dtype === 'float32' && kept === 'float16') return 2;
  const hasSteps = Number.isFinite(min) && Number.isFinite(scale) && ['float32', 'int32'].includes(String(dtype));
  return hasSteps ? STEPS.get(kept) : undefined;
}

const isWeightSpec = (value: unknown): value is WeightSpec =>
  isJson(value) &&
  typeof value.name === 'string' &&
  bytesOf(value) !== undefined &&
  Array.isArray(value.shape) &&
  value.shape.every((size) => Number.isSafeInteger(size) && size >= 0);

/** How many bytes an array of weights takes. */
export function byteLength(spec: WeightSpec): number {
  return spec.shape.reduce((product, size) => product * size, bytesOf(spec)!);
}

function readGroup(json: unknown): Manifest {
  const { paths, weights } = isJson(json) ? json : {};
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string') || !Array.isArray(weights)) {
    throw new Error('it holds no list of weights');
  }
  const specs = weights.map((spec: unknown) => {
    if (isWeightSpec(spec)) return spec;
    const { name, dtype, shape, quantization }: Json = isJson(spec) ? spec : {};
    const received = `the weights ${asJson(name)} are ${asJson(dtype)} of shape ${asJson(shape)}`;
    if (quantization !== undefined) {
      const expected =
        `${[...STEPS.keys()].join(' or ')} with a min and a scale, or float16, which only supports weights of type ` +
        'float32';
      throw new Error(`${received}, quantized as ${asJson(quantization)}. Expected ${expected}`);
    }
    throw new Error(
      `${received}${BYTES.has(dtype) ? '' : `. Unsupported dtype: expected ${[...BYTES.keys()].join(', ')}`}`,
    );
  });
  return { paths, weights: specs };
}

/** @throws Error when a `model.json` holds a model of another kind, or weights only. */
export function checkIsLayersModel(json: unknown): void {
  const { format, modelTopology: topology, weightsManifest }: Json = isJson(json) ? json : {};
  if (format === 'graph-model' || (isJson(topology) && Array.isArray(topology.node))) {
    throw new Error(
      'it holds a graph model of tfjs: operations without layers, which predict and are not trained. Open it with ' +
        '`tf.loadGraphModel`, or convert the Keras model anew with `--output_format=tfjs_layers_model`',
    );
  }
  if (!topology && Array.isArray(weightsManifest)) {
    throw new Error('it holds weights and no model: convert the whole model, as Keras saves it by `model.save`');
  }
}

/** The names of a model's classes in a `model.json`, as it has them: undefined where it has none. */
export function classNamesIn(json: unknown): unknown {
  const { userDefinedMetadata }: Json = isJson(json) ? json : {};
  return isJson(userDefinedMetadata) ? userDefinedMetadata.classNames : undefined;
}

/**
 * The list of the files of weights beside a `model.json`, from its parsed text.
 *
 * @throws Error saying what is wrong with it.
 */
export function readManifest(json: unknown): Manifest {
  checkDepth(json);
  const groups: unknown = isJson(json) ? json.weightsManifest : undefined;
  if (!Array.isArray(groups)) throw new Error('it holds no layers model of tfjs');
  const read = groups.map(readGroup);
  return { paths: read.flatMap(({ paths }) => paths), weights: read.flatMap(({ weights }) => weights) };
}

/**
 * What a `model.json` says, from its parsed text.
 *
 * @throws Error saying what is wrong with it.
 */
export function readModelJson(json: unknown): ModelJson {
  const manifest = readManifest(json);
  const { modelTopology, trainingConfig }: Json = isJson(json) ? json : {};
  const topology = isJson(modelTopology) ? (modelTopology.model_config ?? modelTopology) : undefined;
  if (!isJson(topology) || !topology.config) throw new Error('it holds no layers model of tfjs');
  return { ...manifest, topology: readModelConfig(inOneSpelling(topology)), trainingConfig };
}
