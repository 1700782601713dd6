import type * as tf from '../../tf';
import { isJson, type ModelConfig, readModelConfig } from '../keras_json/types';

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

const BYTES: Record<string, number> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

/** The type that an array's numbers are kept in. */
const storedType = ({ dtype, quantization }: WeightSpec) => quantization?.dtype ?? dtype;

const isWeightSpec = (value: unknown): value is WeightSpec =>
  isJson(value) &&
  typeof value.name === 'string' &&
  (value.quantization == null || isJson(value.quantization)) &&
  typeof value.dtype === 'string' &&
  Array.isArray(value.shape) &&
  value.shape.every((size) => Number.isSafeInteger(size) && size >= 0);

/** How many bytes an array of weights takes. */
export function byteLength(spec: WeightSpec): number {
  return spec.shape.reduce((product, size) => product * size, BYTES[storedType(spec)]!);
}

function readGroup(json: unknown): Manifest {
  const { paths, weights } = isJson(json) ? json : {};
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string') || !Array.isArray(weights)) {
    throw new Error('it holds no list of weights');
  }
  const specs = weights.map((spec: unknown) => {
    if (isWeightSpec(spec) && storedType(spec) in BYTES) return spec;
    const { name, dtype, shape } = isJson(spec) ? spec : {};
    throw new Error(`the weights '${name}' are ${dtype} of shape ${JSON.stringify(shape)}`);
  });
  return { paths, weights: specs };
}

/**
 * The list of the files of weights beside a `model.json`, from its parsed text.
 *
 * @throws Error saying what is wrong with it.
 */
export function readManifest(json: unknown): Manifest {
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
  const { modelTopology, trainingConfig }: Record<string, unknown> = isJson(json) ? json : {};
  const topology = isJson(modelTopology) ? (modelTopology.model_config ?? modelTopology) : undefined;
  if (!isJson(topology) || !topology.config) throw new Error('it holds no layers model of tfjs');
  return { ...readManifest(json), topology: readModelConfig(topology), trainingConfig };
}
