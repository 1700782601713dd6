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
  /** The names of its classes, as the file has them: undefined where it has none. */
  classNames: unknown;
}

// How many bytes a number of each type takes.
const BYTES = new Map([
  ['float32', 4],
  ['int32', 4],
  ['float16', 2],
  ['uint16', 2],
  ['uint8', 1],
  ['bool', 1],
]);

/** The type that an array's numbers are kept in. */
const storedType = ({ dtype, quantization }: WeightSpec) => quantization?.dtype ?? dtype;

/** Whether it says how numbers are kept in fewer bytes: as floats of half the size, or as steps from the least one. */
const isQuantization = (value: unknown) =>
  isJson(value) && (value.dtype === 'float16' || [value.min, value.scale].every(Number.isFinite));

const isWeightSpec = (value: unknown): value is WeightSpec =>
  isJson(value) &&
  typeof value.name === 'string' &&
  (!Object.hasOwn(value, 'quantization') || isQuantization(value.quantization)) &&
  typeof value.dtype === 'string' &&
  Array.isArray(value.shape) &&
  value.shape.every((size) => Number.isSafeInteger(size) && size >= 0);

/** How many bytes an array of weights takes. */
export function byteLength(spec: WeightSpec): number {
  return spec.shape.reduce((product, size) => product * size, BYTES.get(storedType(spec))!);
}

function readGroup(json: unknown): Manifest {
  const { paths, weights } = isJson(json) ? json : {};
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string') || !Array.isArray(weights)) {
    throw new Error('it holds no list of weights');
  }
  const specs = weights.map((spec: unknown) => {
    if (isWeightSpec(spec) && BYTES.has(storedType(spec))) return spec;
    const { name, dtype, shape } = isJson(spec) ? spec : {};
    throw new Error(`the weights ${asJson(name)} are ${asJson(dtype)} of shape ${asJson(shape)}`);
  });
  return { paths, weights: specs };
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
  const { modelTopology, trainingConfig, userDefinedMetadata }: Json = isJson(json) ? json : {};
  const topology = isJson(modelTopology) ? (modelTopology.model_config ?? modelTopology) : undefined;
  if (!isJson(topology) || !topology.config) throw new Error('it holds no layers model of tfjs');
  const classNames = isJson(userDefinedMetadata) ? userDefinedMetadata.classNames : undefined;
  return { ...manifest, topology: readModelConfig(inOneSpelling(topology)), trainingConfig, classNames };
}
