import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { foldChannelOperations } from '../../src/saving/keras_json/channel_operations';
import { deserializeModel } from '../../src/saving/keras_json/deserialize_model';
import { readModelConfig } from '../../src/saving/keras_json/types';
import * as tf from '../../src/tf';

/*
 * Models as files have them, written by hand: what no program writes, too.
 */

/** A JSON object. */
export type Json = { [key: string]: unknown };

/** A folder for a file of tests, which goes when they are over. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `thaw-${name}-`));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A layer in Keras 2's words, which tfjs reads, too. */
export const layer = (class_name: string, name: string, config: Json = {}, ...inbound_nodes: unknown[]) => ({
  ...{ class_name, name, config: { name, ...config } },
  inbound_nodes,
});

/** A call of a layer with the first outputs of others. */
export const call = (...names: string[]) => names.map((name) => [name, 0, 0]);

/** A functional model, which begins with the input `in` of some shape and ends with `output`. */
export const functional = (shape: unknown[], layers: Json[], output: string, name = 'net') => ({
  class_name: 'Functional',
  config: {
    name,
    layers: [layer('InputLayer', 'in', { batch_input_shape: shape }), ...layers],
    input_layers: [['in', 0, 0]],
    output_layers: [[output, 0, 0]],
  },
});

/** A model of layers one after another. */
export const sequential = (layers: Json[], name = 'net') => ({ class_name: 'Sequential', config: { name, layers } });

/** Parsed as a file is: a member that is written `__proto__` is one like any other there. */
export const asParsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Builds the model that a file in one of Keras's formats holds as this JSON, its operations folded. */
export function open(json: unknown): tf.LayersModel {
  const { config } = foldChannelOperations(readModelConfig(asParsed(json)));
  return deserializeModel(config, Number.POSITIVE_INFINITY);
}

/** What is written beside a topology, and in what the weights are. */
interface TfjsParts {
  /** The weights, by name: their shape, each of them 1. */
  weights?: Record<string, number[]>;
  more?: Json;
  paths?: string[];
}

/** Writes a `model.json` and the file of its weights, `w.bin`, into a new folder; gives its path. */
export function writeTfjs(folder: string, topology: unknown, { weights = {}, more, paths }: TfjsParts = {}): string {
  mkdirSync(folder, { recursive: true });
  const specs = Object.entries(weights).map(([name, shape]) => ({ name, shape, dtype: 'float32' }));
  const count = specs.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
  writeFileSync(join(folder, 'w.bin'), Buffer.from(new Float32Array(count).fill(1).buffer));
  const weightsManifest = [{ paths: paths ?? ['w.bin'], weights: specs }];
  const path = join(folder, 'model.json');
  writeFileSync(path, JSON.stringify({ format: 'layers-model', modelTopology: topology, weightsManifest, ...more }));
  return path;
}
