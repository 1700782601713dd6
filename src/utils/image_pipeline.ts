import { availableParallelism } from 'node:os';
import path from 'node:path';
import * as tf from '../tf';
import { type GraphAttribute, type GraphFunction, type GraphNode, savedModel } from '../tfjs/graph/graph_def';
import { loadSavedModel } from '../tfjs/graph/load_saved_model';
import { decodableBytes } from './decodable_bytes';
import { decodeImage } from './decode_image';
import { channelsOf, type Decoding, decodingSteps, PIXELS } from './decoding';
import { pictureHash } from './picture_key';
import { readPicture } from './read_picture';
import { shown } from './shown';

/** Batches that are decoded before they are asked for: enough to bridge a step, few enough for small memories. */
const READ_AHEAD = 3;

/** Bytes of files beyond which no further batch is read ahead: they wait in memory until they are decoded. */
const MOST_AHEAD = 64e6;

/**
 * `autotune_options { enabled: false }`, as dataset_options.proto has it: nothing here is to be tuned, and to end what
 * tunes takes a sixth of a second.
 */
const UNTUNED = '\x3a\x02\x08\x00';

/** What operations call their outputs, where that isn't `output`. */
const OUTPUTS = new Map([
  ['DecodeImage', 'image'],
  ...['ResizeBilinear', 'ResizeNearestNeighbor', 'ResizeBicubic', 'ResizeArea', 'ScaleAndTranslate'].map(
    (op): [string, string] => [op, 'resized_images'],
  ),
  ...['Cast', 'Floor'].map((op): [string, string] => [op, 'y']),
  ...['Mul', 'RealDiv', 'Minimum', 'Maximum', 'Sub'].map((op): [string, string] => [op, 'z']),
]);

const FEEDS = [
  { name: 'count', dtype: 'int32' },
  { name: 'image_size', dtype: 'int32' },
  { name: 'batch_size', dtype: 'int32' },
] as const;

/** A graph's node, its inputs in one text. */
function node(name: string, op: string, inputs: string, ...attributes: GraphAttribute[]): GraphNode {
  return { name, op, inputs: inputs.split(' ').filter(Boolean), attributes };
}

/**
 * The pipeline of tf.data that Keras builds, as a graph: `begin` starts it on as many batches as are fed, `more` hands it
 * the files of a batch, `next` gives one. tfjs-node has no tf.data, but runs graphs, and tf.data's operations with
 * them. Keras's reads the files itself; here the bytes that are decoded are those that were checked. tfjs-node empties
 * the strings of a tensor that is disposed, hence the copies.
 */
function pipelineGraph(decoding: Decoding): string {
  const { binding } = tf.nodeBackend();
  const { TF_FLOAT, TF_INT32, TF_INT64, TF_BOOL, TF_STRING, TF_RESOURCE } = binding;
  const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
  const int = (name: string, value: number | number[]) => ({ name, type: binding.TF_ATTR_INT, value });
  const text = (name: string, value: string) => ({ name, type: binding.TF_ATTR_STRING, value });
  const fed = (name: string, dtype: number, shape: number[]) =>
    node(name, 'Placeholder', '', type('dtype', dtype), { name: 'shape', shape });
  const constant = (
    name: string,
    dtype: number,
    value: BigInt64Array | Int32Array | Float32Array | Uint8Array,
    shape: number[] = [],
  ) => {
    const bytes = new Uint8Array(value.buffer);
    return node(name, 'Const', '', type('dtype', dtype), { name: 'value', constant: { dtype, shape, bytes } });
  };
  const gives = (dtype: number, shape: number[]): GraphAttribute[] => [
    { name: 'output_types', types: [dtype] },
    { name: 'output_shapes', shapes: [shape] },
  ];
  const channels = channelsOf(decoding);
  const batch = gives(TF_FLOAT, [-1, -1, -1, channels]);
  const calls = (name: string, taken: number): GraphAttribute[] => [
    { name: 'f', calls: name },
    { name: 'Targuments', types: [taken] },
  ];
  const strings: GraphAttribute = { name: 'component_types', types: [TF_STRING] };
  const take: GraphFunction = {
    name: 'take',
    inputs: [
      { name: 'place', dtype: TF_INT64 },
      { name: 'waiting', dtype: TF_RESOURCE },
    ],
    nodes: [node('taken', 'QueueDequeueV2', 'waiting', strings)],
    output: { name: 'contents', dtype: TF_STRING, from: 'taken:components:0' },
  };
  const steps = decodingSteps(decoding);
  /** A step as an input of another: in a function an operation's output is called by its name, too. */
  const outputOf = (name: string) => {
    const step = steps.find((one) => one.name === name);
    return step ? `${name}:${'op' in step ? (OUTPUTS.get(step.op) ?? 'output') : 'output'}:0` : name;
  };
  const load: GraphFunction = {
    name: 'load',
    inputs: [
      { name: 'contents', dtype: TF_STRING },
      { name: 'size', dtype: TF_INT32 },
    ],
    nodes: steps.map((step) => {
      if ('op' in step) return node(step.name, step.op, step.inputs.map(outputOf).join(' '), ...step.attributes);
      const [dtype, values] =
        step.dtype === 'int32' ? [TF_INT32, Int32Array.from(step.values)] : [TF_FLOAT, Float32Array.from(step.values)];
      return constant(step.name, dtype, values, step.shape);
    }),
    output: { name: 'picture', dtype: TF_FLOAT, from: outputOf(PIXELS) },
  };
  const nodes = [
    fed('count', TF_INT32, []),
    fed('image_size', TF_INT32, [2]),
    fed('batch_size', TF_INT32, []),
    fed('contents', TF_STRING, [-1]),
    node('count_64', 'Cast', 'count', type('SrcT', TF_INT32), type('DstT', TF_INT64)),
    node('batch_size_64', 'Cast', 'batch_size', type('SrcT', TF_INT32), type('DstT', TF_INT64)),
    constant('calls', TF_INT64, BigInt64Array.of(BigInt(availableParallelism()))),
    constant('read_ahead', TF_INT64, BigInt64Array.of(BigInt(READ_AHEAD))),
    constant('zero', TF_INT64, BigInt64Array.of(0n)),
    constant('one', TF_INT64, BigInt64Array.of(1n)),
    constant('false', TF_BOOL, Uint8Array.of(0)),
    node('waiting', 'FIFOQueueV2', '', strings),
    node('copies', 'StringJoin', 'contents', int('N', 1)),
    node('enqueue', 'QueueEnqueueV2', 'waiting copies', { name: 'Tcomponents', types: [TF_STRING] }),
    node('more', 'Identity', 'false ^enqueue', type('T', TF_BOOL)),
    node('places', 'RangeDataset', 'zero count_64 one', ...gives(TF_INT64, [])),
    node('taken', 'MapDataset', 'places waiting', ...gives(TF_STRING, [-1]), ...calls(take.name, TF_RESOURCE)),
    node('files', 'UnbatchDataset', 'taken', ...gives(TF_STRING, [])),
    node(
      'decoded',
      'ParallelMapDatasetV2',
      'files image_size calls',
      ...gives(TF_FLOAT, [-1, -1, channels]),
      ...calls(load.name, TF_INT32),
    ),
    node('batches', 'BatchDatasetV2', 'decoded batch_size_64 false', ...batch),
    node('ahead', 'PrefetchDataset', 'batches read_ahead', ...batch),
    node('untuned', 'OptionsDataset', 'ahead', ...batch, text('serialized_options', UNTUNED)),
    node('iterator', 'IteratorV2', '', ...batch, text('shared_name', ''), text('container', '')),
    node('make', 'MakeIterator', 'untuned iterator'),
    node('begin', 'Identity', 'batch_size ^make', type('T', TF_INT32)),
    node('next', 'IteratorGetNext', 'iterator', ...batch),
  ];
  return savedModel(nodes, binding, [take, load]);
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
  private readonly graph: string;
  private readonly session: number;
  /** How many pictures were given. */
  private given = 0;
  /** The batches that were read, but not given yet. */
  private readonly ahead: Uint8Array[][] = [];
  /** Why the batch after those can't be read. */
  private failure: unknown;

  /**
   * @param paths The files, in order.
   * @param hashes What `pictureHashes` gave for them: another content is an error. Defaults to none: any content will do.
   */
  constructor(
    private readonly paths: string[],
    private readonly decoding: Decoding,
    private readonly batchSize: number,
    private readonly hashes?: ReadonlyMap<string, string>,
  ) {
    this.graph = pipelineGraph(decoding);
    this.session = ended.get(this.graph)?.pop() ?? loadSavedModel(this.graph, 'pipeline');
    left.register(this, this.session, this);
    tf.tidy(() => {
      const { imageSize } = decoding;
      const fed = [
        tf.scalar(Math.ceil(paths.length / batchSize), 'int32'),
        tf.tensor1d(imageSize, 'int32'),
        tf.scalar(batchSize, 'int32'),
      ];
      tf.nodeBackend().runSavedModel(this.session, fed, [...FEEDS], ['begin']);
    });
  }

  /**
   * The next batch: float32 [pictures, height, width, channels], 0 to 255. The last may be smaller.
   *
   * @throws an error that names the file that cannot be read or decoded, or has another content than its hash tells.
   */
  next(): tf.Tensor4D {
    this.readAhead();
    const contents = this.ahead.shift();
    if (!contents) throw this.failure;
    try {
      const batch = tf.nodeBackend().runSavedModel(this.session, [], [], ['next'])[0] as tf.Tensor4D;
      this.given += contents.length;
      return batch;
    } catch (error) {
      for (const [index, content] of contents.entries()) {
        naming(this.paths[this.given + index]!, () => decodeImage(content, this.decoding).dispose());
      }
      throw error;
    }
  }

  /** Ends what reads ahead. */
  close(): void {
    left.unregister(this);
    if (this.given === this.paths.length) ended.set(this.graph, [...(ended.get(this.graph) ?? []), this.session]);
    else tf.nodeBackend().deleteSavedModel(this.session);
  }

  /** Reads the batch that is due and some of the next, up to the first that can't be read. */
  private readAhead(): void {
    const bytes = () => this.ahead.flat().reduce((sum, { length }) => sum + length, 0);
    while (this.ahead.length <= READ_AHEAD && bytes() < MOST_AHEAD) {
      const start = this.given + this.ahead.length * this.batchSize;
      const files = this.paths.slice(start, start + this.batchSize);
      if (files.length === 0 || this.failure) return;
      try {
        const contents = files.map((file) => naming(file, () => decodableBytes(this.read(file))));
        tf.tidy(() => {
          const fed = tf.tensor1d(contents, 'string');
          tf.nodeBackend().runSavedModel(this.session, [fed], [{ name: 'contents', dtype: 'string' }], ['more']);
        });
        this.ahead.push(contents);
      } catch (error) {
        this.failure = error;
      }
    }
  }

  private read(file: string): Buffer {
    const bytes = readPicture(file);
    if (this.hashes && this.hashes.get(file) !== pictureHash(bytes)) throw new ChangedError();
    return bytes;
  }
}

class ChangedError extends Error {}

/** What `act` gives of a file; has its error name the file. */
function naming<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof ChangedError) {
      throw new Error(`${shown(path.resolve(file))} was changed while the pictures were read: make the dataset anew.`, {
        cause,
      });
    }
    throw new Error(
      `Could not decode ${shown(path.resolve(file))}: ${(cause as Error).message} ` +
        'Expected a whole JPEG, PNG, BMP, GIF or WebP file: replace it or delete it, then make the dataset anew.',
      { cause },
    );
  }
}
