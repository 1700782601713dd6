import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import * as tf from '../tf';
import { type GraphAttribute, type GraphFunction, type GraphNode, savedModel } from '../tfjs/graph/graph_def';
import { loadSavedModel } from '../tfjs/graph/load_saved_model';
import { decodeImage } from './decode_image';
import { type Decoding, decodingOperations } from './decoding';

/** Batches that are decoded before they are asked for: enough to bridge a step, few enough for small memories. */
const READ_AHEAD = 3;

/**
 * `autotune_options { enabled: false }`, as dataset_options.proto has it: nothing here is to be tuned, and to end what
 * tunes takes a sixth of a second.
 */
const UNTUNED = '\x3a\x02\x08\x00';

const FEEDS = [
  { name: 'paths', dtype: 'string' },
  { name: 'image_size', dtype: 'int32' },
  { name: 'batch_size', dtype: 'int32' },
] as const;

/** A graph's node, its inputs in one text. */
function node(name: string, op: string, inputs: string, ...attributes: GraphAttribute[]): GraphNode {
  return { name, op, inputs: inputs.split(' ').filter(Boolean), attributes };
}

/**
 * The pipeline of tf.data that Keras builds, as a graph: `begin` starts it on what is fed, `next` gives a batch.
 * tfjs-node has no tf.data, but runs graphs, and tf.data's operations with them. It empties the strings of a tensor that is
 * disposed, hence the copies.
 */
function pipelineGraph(): string {
  const { binding } = tf.nodeBackend();
  const { TF_FLOAT, TF_INT32, TF_INT64, TF_BOOL, TF_STRING, TF_UINT8 } = binding;
  const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
  const text = (name: string, value: string) => ({ name, type: binding.TF_ATTR_STRING, value });
  const fed = (name: string, dtype: number, shape: number[]) =>
    node(name, 'Placeholder', '', type('dtype', dtype), { name: 'shape', shape });
  const constant = (name: string, dtype: number, value: BigInt64Array | Int32Array | Uint8Array) => {
    const bytes = new Uint8Array(value.buffer);
    return node(name, 'Const', '', type('dtype', dtype), { name: 'value', constant: { dtype, shape: [], bytes } });
  };
  const gives = (shape: number[]): GraphAttribute[] => [
    { name: 'output_types', types: [TF_FLOAT] },
    { name: 'output_shapes', shapes: [shape] },
  ];
  const batch = gives([-1, -1, -1, 3]);
  const { decode, resize } = decodingOperations();
  const load: GraphFunction = {
    name: 'load',
    inputs: [
      { name: 'path', dtype: TF_STRING },
      { name: 'size', dtype: TF_INT32 },
    ],
    nodes: [
      node('file', 'ReadFile', 'path'),
      node('image', decode.op, 'file:contents:0', ...decode.attributes),
      constant('first', TF_INT32, Int32Array.of(0)),
      node('one', 'ExpandDims', 'image:image:0 first:output:0', type('T', TF_UINT8), type('Tdim', TF_INT32)),
      node('resized', resize.op, 'one:output:0 size', ...resize.attributes),
      node('single', 'Squeeze', 'resized:resized_images:0', type('T', TF_FLOAT), {
        name: 'squeeze_dims',
        type: binding.TF_ATTR_INT,
        value: [0],
      }),
    ],
    output: { name: 'picture', dtype: TF_FLOAT, from: 'single:output:0' },
  };
  const nodes = [
    fed('paths', TF_STRING, [-1]),
    fed('image_size', TF_INT32, [2]),
    fed('batch_size', TF_INT32, []),
    node('batch_size_64', 'Cast', 'batch_size', type('SrcT', TF_INT32), type('DstT', TF_INT64)),
    constant('calls', TF_INT64, BigInt64Array.of(BigInt(availableParallelism()))),
    constant('read_ahead', TF_INT64, BigInt64Array.of(BigInt(READ_AHEAD))),
    constant('false', TF_BOOL, Uint8Array.of(0)),
    node('copies', 'StringJoin', 'paths', { name: 'N', type: binding.TF_ATTR_INT, value: 1 }),
    node(
      'files',
      'TensorSliceDataset',
      'copies',
      { name: 'Toutput_types', types: [TF_STRING] },
      { name: 'output_shapes', shapes: [[]] },
    ),
    node(
      'pictures',
      'ParallelMapDatasetV2',
      'files image_size calls',
      ...gives([-1, -1, 3]),
      { name: 'f', calls: load.name },
      { name: 'Targuments', types: [TF_INT32] },
    ),
    node('batches', 'BatchDatasetV2', 'pictures batch_size_64 false', ...batch),
    node('ahead', 'PrefetchDataset', 'batches read_ahead', ...batch),
    node('untuned', 'OptionsDataset', 'ahead', ...batch, text('serialized_options', UNTUNED)),
    node('iterator', 'IteratorV2', '', ...batch, text('shared_name', ''), text('container', '')),
    node('make', 'MakeIterator', 'untuned iterator'),
    node('begin', 'Identity', 'batch_size ^make', type('T', TF_INT32)),
    node('next', 'IteratorGetNext', 'iterator', ...batch),
  ];
  return savedModel(nodes, binding, [load]);
}

/** tfjs leaves a walk over a dataset where it is when training ends early. */
const left = new FinalizationRegistry<number>((session) => tf.nodeBackend().deleteSavedModel(session));

/** Pipelines that came to their end, by their graphs: to begin one of them anew is quicker than to build one. */
const ended = new Map<string, number[]>();

/**
 * Decodes and resizes pictures as `decodeImage` does, in batches, in TensorFlow's own threads: it goes on while TensorFlow
 * computes in this one, which it blocks.
 */
export class ImagePipeline {
  private readonly graph = pipelineGraph();
  private readonly session: number;
  private given = 0;

  /**
   * @param paths The files, in order.
   */
  constructor(
    private readonly paths: string[],
    private readonly decoding: Decoding,
    private readonly batchSize: number,
  ) {
    this.session = ended.get(this.graph)?.pop() ?? loadSavedModel(this.graph, 'pipeline');
    left.register(this, this.session, this);
    tf.tidy(() => {
      const { imageSize } = decoding;
      const fed = [tf.tensor1d(paths, 'string'), tf.tensor1d(imageSize, 'int32'), tf.scalar(batchSize, 'int32')];
      tf.nodeBackend().runSavedModel(this.session, fed, [...FEEDS], ['begin']);
    });
  }

  /**
   * The next batch: float32 [pictures, height, width, 3], 0 to 255. The last may be smaller.
   *
   * @throws an error that names the file that cannot be read or decoded.
   */
  next(): tf.Tensor4D {
    const paths = this.paths.slice(this.given, this.given + this.batchSize);
    this.given += this.batchSize;
    try {
      return tf.nodeBackend().runSavedModel(this.session, [], [], ['next'])[0] as tf.Tensor4D;
    } catch (error) {
      for (const path of paths) this.check(path);
      throw error;
    }
  }

  /** Ends what reads ahead. */
  close(): void {
    left.unregister(this);
    if (this.given >= this.paths.length) ended.set(this.graph, [...(ended.get(this.graph) ?? []), this.session]);
    else tf.nodeBackend().deleteSavedModel(this.session);
  }

  private check(file: string): void {
    try {
      decodeImage(readFileSync(file), this.decoding).dispose();
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid TF_Status: \d+\s+Message: /, '');
      throw new Error(
        `Could not decode ${path.resolve(file)}: ${reason} ` +
          'Expected a whole JPEG, PNG, BMP or GIF file: replace it or delete it, then make the dataset anew.',
      );
    }
  }
}
