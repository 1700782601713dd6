import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
import * as tf from '../../tf';
import { layerPaths } from '../layer_paths';
import { inBfloat16 } from './bfloat16';
import { savedModel } from './graph_def';
import { trace } from './trace';

/*
 * A convnet predicts as one graph, as in Keras: TensorFlow then computes several layers at once, and takes its memory
 * again. tfjs goes operation by operation. Weights are fed, so that a graph never grows old; there is one for each
 * shape of a batch. The first batch of a shape is computed twice, so that the same pictures give the same bits each
 * time. Importing Thaw mends every model of one input and one output.
 */

/** Layers whose operations don't depend on the values that they are given, nor on chance, when a model predicts. */
const LAYERS = new Set([
  'Activation',
  'Add',
  'AveragePooling2D',
  'BatchNormalization',
  'Concatenate',
  'Conv2D',
  'Dense',
  'DepthwiseConv2D',
  'Dropout',
  'Flatten',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling2D',
  'InputLayer',
  'MaxPooling2D',
  'Multiply',
  'Normalization',
  'ReLU',
  'Rescaling',
  'Reshape',
  'SeparableConv2D',
  'ZeroPadding2D',
]);

/** How many graphs a model keeps, since batches may come in many sizes. */
const MOST = 4;

interface Graph {
  session: number;
  feeds: string[];
  output: string;
}

/** A method that tfjs hides: predicts batch by batch. */
type PredictLoop = (
  this: tf.LayersModel,
  inputs: tf.Tensor | tf.Tensor[],
  batchSize?: number,
) => tf.Tensor | tf.Tensor[];

const prototype = tf.LayersModel.prototype as unknown as { predictLoop: PredictLoop };
const { predictLoop } = prototype;

const backend = () => tf.backend() as NodeJSKernelBackend;
const graphsOf = new WeakMap<tf.LayersModel, Map<string, Graph>>();
/** Models that compute in bfloat16. */
const inHalves = new WeakSet<tf.LayersModel>();
const forgotten = new FinalizationRegistry<Map<string, Graph>>((graphs) => {
  for (const { session } of graphs.values()) backend().deleteSavedModel(session);
});

/** Has a model predict in bfloat16 where its layers allow for one graph: in about three significant digits. */
export function predictInBfloat16(model: tf.LayersModel): void {
  inHalves.add(model);
}

function isOneGraph(model: tf.LayersModel, weights: tf.Tensor[]): boolean {
  const classes = new Set(layerPaths(model).map(({ layer }) => layer.getClassName()));
  return (
    tf.getBackend() === 'tensorflow' &&
    model.inputs.length === 1 &&
    model.outputs.length === 1 &&
    classes.has('Conv2D') &&
    [...classes].every((name) => LAYERS.has(name)) &&
    // Two weights may be one tensor for now.
    new Set(weights.map(({ dataId }) => dataId)).size === weights.length
  );
}

function build(model: tf.LayersModel, batch: tf.Tensor, weights: tf.Tensor[]): Graph {
  const traced = trace([batch, ...weights], () => predictLoop.call(model, batch, batch.shape[0]) as tf.Tensor);
  const { nodes, feeds, output } = inHalves.has(model) ? inBfloat16(traced, backend().binding) : traced;
  const folder = mkdtempSync(join(tmpdir(), `thaw-graph-${process.pid}-`));
  try {
    writeFileSync(join(folder, 'saved_model.pbtxt'), savedModel(nodes, backend().binding));
    return { session: backend().loadSavedModelMetaGraph(folder, 'serve'), feeds, output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function graphFor(model: tf.LayersModel, batch: tf.Tensor, weights: tf.Tensor[]): Graph {
  let graphs = graphsOf.get(model);
  if (!graphs) {
    graphs = new Map();
    graphsOf.set(model, graphs);
    forgotten.register(model, graphs);
  }
  const key = `${batch.dtype} ${batch.shape}`;
  const graph = graphs.get(key) ?? build(model, batch, weights);
  graphs.delete(key);
  graphs.set(key, graph);
  for (const [oldest, { session }] of [...graphs].slice(0, -MOST)) {
    backend().deleteSavedModel(session);
    graphs.delete(oldest);
  }
  return graph;
}

prototype.predictLoop = function (inputs, batchSize = 32) {
  const weights = this.weights.map((weight) => weight.read());
  if (!isOneGraph(this, weights)) return predictLoop.call(this, inputs, batchSize);
  return tf.tidy(() => {
    const input = [inputs].flat()[0]!;
    const [size, ...rest] = input.shape as [number, ...number[]];
    const outputs: tf.Tensor[] = [];
    for (let start = 0; start < size; start += batchSize) {
      const end = Math.min(start + batchSize, size);
      const batch = input.slice([start], [end - start, ...rest]);
      const { session, feeds, output } = graphFor(this, batch, weights);
      const infos = feeds.map((name) => ({ name, dtype: 'float32' as const }));
      outputs.push(...backend().runSavedModel(session, [batch, ...weights], infos, [output]));
    }
    return tf.concat(outputs);
  });
};
