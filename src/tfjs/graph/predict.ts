import { layerPaths } from '../layer_paths';
import { layerRecord } from '../layer_records';
import { hidden, patch, type Reason } from '../patch';
import * as tf from '../raw';
import { savedModel } from './graph_def';
import { inBfloat16 } from './in_bfloat16';
import { loadSavedModel } from './load_saved_model';
import { type Trace, trace } from './trace';

/*
 * A convnet predicts as one graph, as in Keras: TensorFlow then computes several layers at once, and takes its memory
 * again. tfjs goes operation by operation. Weights are fed, so that a graph never grows old. One picture is computed
 * operation by operation to find out what the graph is; where that depends on how many there are, as much as a batch is.
 */

/** Operations that do the same for one picture and for many. Others, such as Reshape, may know how many there are. */
const OF_ANY_SIZE = new Set([
  'Add',
  'AvgPool',
  'Cast',
  'ConcatV2',
  'Const',
  'Conv2D',
  'DepthwiseConv2dNative',
  'FusedBatchNorm',
  'MaxPool',
  'Mean',
  'Mul',
  'PadV2',
  'Placeholder',
  'Relu',
  'Relu6',
  'Sigmoid',
  'Sub',
]);

/** How many graphs a model keeps, where those of one size of batch don't serve others. */
const MOST = 4;

interface Graph {
  session: number;
  feeds: string[];
  output: string;
  anySize: boolean;
}

/** A method that tfjs hides: predicts batch by batch. */
type PredictLoop = (
  this: tf.LayersModel,
  inputs: tf.Tensor | tf.Tensor[],
  batchSize?: number,
) => tf.Tensor | tf.Tensor[];

const hiddenPrototype = hidden<{ predictLoop: PredictLoop }>(tf.LayersModel.prototype);
/** tfjs's own, which goes operation by operation. */
const { predictLoop } = hiddenPrototype;

const graphsOf = new WeakMap<tf.LayersModel, Map<string, Graph>>();
/** Models that compute in bfloat16. */
const inHalves = new WeakSet<tf.LayersModel>();
const forgotten = new FinalizationRegistry<Map<string, Graph>>((graphs) => {
  for (const { session } of graphs.values()) tf.nodeBackend().deleteSavedModel(session);
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
    [...classes].every((name) => layerRecord(name)?.oneGraph) &&
    // Two weights may be one tensor for now.
    new Set(weights.map(({ dataId }) => dataId)).size === weights.length
  );
}

/** The graph for a batch, and whether it is one for batches of any size. */
function traceModel(
  model: tf.LayersModel,
  batch: tf.Tensor,
  weights: tf.Tensor[],
): { traced: Trace; anySize: boolean } {
  const traceOf = (pictures: tf.Tensor) =>
    trace([pictures, ...weights], () => predictLoop.call(model, pictures, pictures.shape[0]) as tf.Tensor);
  const [, ...rest] = batch.shape;
  const traced = traceOf(batch.slice([0], [1, ...rest]));
  const anySize = traced.nodes.every(({ op }) => OF_ANY_SIZE.has(op));
  if (!anySize) return { traced: traceOf(batch), anySize };
  const [fed, ...nodes] = traced.nodes;
  const attributes = fed!.attributes.map((one) => ('shape' in one ? { ...one, shape: [-1, ...rest] } : one));
  return { traced: { ...traced, nodes: [{ ...fed!, attributes }, ...nodes] }, anySize };
}

function build(model: tf.LayersModel, batch: tf.Tensor, weights: tf.Tensor[]): Graph {
  const { binding } = tf.nodeBackend();
  const { traced, anySize } = traceModel(model, batch, weights);
  const { nodes, feeds, output } = inHalves.has(model) ? inBfloat16(traced, binding) : traced;
  return { session: loadSavedModel(savedModel(nodes, binding), 'graph'), feeds, output, anySize };
}

function graphFor(model: tf.LayersModel, batch: tf.Tensor, weights: tf.Tensor[]): Graph {
  let graphs = graphsOf.get(model);
  if (!graphs) {
    graphs = new Map();
    graphsOf.set(model, graphs);
    forgotten.register(model, graphs);
  }
  const [size, ...rest] = batch.shape;
  const [ofAny, ofThis] = ['any', size].map((many) => `${batch.dtype} ${[many, ...rest]}`) as [string, string];
  const graph = graphs.get(ofAny) ?? graphs.get(ofThis) ?? build(model, batch, weights);
  const key = graph.anySize ? ofAny : ofThis;
  graphs.delete(key);
  graphs.set(key, graph);
  for (const [oldest, { session }] of [...graphs].slice(0, -MOST)) {
    tf.nodeBackend().deleteSavedModel(session);
    graphs.delete(oldest);
  }
  return graph;
}

function predictByGraph(
  this: tf.LayersModel,
  inputs: tf.Tensor | tf.Tensor[],
  batchSize = 32,
): tf.Tensor | tf.Tensor[] {
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
      outputs.push(...tf.nodeBackend().runSavedModel(session, [batch, ...weights], infos, [output]));
    }
    return tf.concat(outputs);
  });
}

/** Lets a convnet predict as one graph. */
export function predictAsOneGraph(reason: Reason): void {
  patch(hiddenPrototype, 'predictLoop', () => predictByGraph, reason);
}
