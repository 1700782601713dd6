import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import * as tf from '../tf';
import { loadSavedModel, savedModelText } from '../tfjs/graph/saved_model';
import { decodeImage } from './decode_image';

/** Batches that are decoded before they are asked for: enough to bridge a step, few enough for small memories. */
const READ_AHEAD = 3;

/**
 * `autotune_options { enabled: false }`, as dataset_options.proto has it: nothing here is to be tuned, and to end what
 * tunes takes a sixth of a second.
 */
const UNTUNED = '\\072\\002\\010\\000';

const FEEDS = [
  { name: 'paths', dtype: 'string' },
  { name: 'image_size', dtype: 'int32' },
  { name: 'batch_size', dtype: 'int32' },
] as const;

const picture = 'shape { dim { size: -1 } dim { size: -1 } dim { size: 3 } }';
const batch = 'shape { dim { size: -1 } dim { size: -1 } dim { size: -1 } dim { size: 3 } }';
const gives = (shape: string) =>
  `attr { key: "output_types" value { list { type: DT_FLOAT } } } attr { key: "output_shapes" value { list { ${shape} } } }`;
const typed = (key: string, type: string) => `attr { key: "${key}" value { type: ${type} } }`;
const int64 = (name: string, value: number) =>
  `node { name: "${name}" op: "Const" ${typed('dtype', 'DT_INT64')} attr { key: "value" value { tensor { dtype: DT_INT64 ` +
  `tensor_shape { } int64_val: ${value} } } } }`;

/**
 * The pipeline of tf.data that Keras builds, as the text of a graph: `begin` starts it on what is fed, `next` gives
 * a batch. tfjs-node has no tf.data, but runs graphs, and tf.data's operations with them. It empties the strings of a tensor
 * that is disposed, hence the copies.
 */
const PIPELINE = `node { name: "paths" op: "Placeholder" ${typed('dtype', 'DT_STRING')} attr { key: "shape" value { shape { dim { size: -1 } } } } }
node { name: "image_size" op: "Placeholder" ${typed('dtype', 'DT_INT32')} attr { key: "shape" value { shape { dim { size: 2 } } } } }
node { name: "batch_size" op: "Placeholder" ${typed('dtype', 'DT_INT32')} attr { key: "shape" value { shape { } } } }
node { name: "batch_size_64" op: "Cast" input: "batch_size" ${typed('SrcT', 'DT_INT32')} ${typed('DstT', 'DT_INT64')} }
${int64('calls', availableParallelism())}
${int64('read_ahead', READ_AHEAD)}
node { name: "false" op: "Const" ${typed('dtype', 'DT_BOOL')} attr { key: "value" value { tensor { dtype: DT_BOOL tensor_shape { } bool_val: false } } } }
node { name: "copies" op: "StringJoin" input: "paths" attr { key: "N" value { i: 1 } } }
node { name: "files" op: "TensorSliceDataset" input: "copies"
  attr { key: "Toutput_types" value { list { type: DT_STRING } } } attr { key: "output_shapes" value { list { shape { } } } } }
node { name: "pictures" op: "ParallelMapDatasetV2" input: "files" input: "image_size" input: "calls" ${gives(picture)}
  attr { key: "f" value { func { name: "load" } } } attr { key: "Targuments" value { list { type: DT_INT32 } } } }
node { name: "batches" op: "BatchDatasetV2" input: "pictures" input: "batch_size_64" input: "false" ${gives(batch)} }
node { name: "ahead" op: "PrefetchDataset" input: "batches" input: "read_ahead" ${gives(batch)} }
node { name: "untuned" op: "OptionsDataset" input: "ahead" ${gives(batch)}
  attr { key: "serialized_options" value { s: "${UNTUNED}" } } }
node { name: "iterator" op: "IteratorV2" ${gives(batch)}
  attr { key: "shared_name" value { s: "" } } attr { key: "container" value { s: "" } } }
node { name: "make" op: "MakeIterator" input: "untuned" input: "iterator" }
node { name: "begin" op: "Identity" input: "batch_size" input: "^make" ${typed('T', 'DT_INT32')} }
node { name: "next" op: "IteratorGetNext" input: "iterator" ${gives(batch)} }
library {
function {
signature {
  name: "load" input_arg { name: "path" type: DT_STRING } input_arg { name: "size" type: DT_INT32 } output_arg { name: "picture" type: DT_FLOAT }
}
node_def { name: "file" op: "ReadFile" input: "path" }
node_def { name: "image" op: "DecodeImage" input: "file:contents:0" ${typed('dtype', 'DT_UINT8')}
  attr { key: "channels" value { i: 3 } } attr { key: "expand_animations" value { b: false } } }
node_def { name: "first" op: "Const" ${typed('dtype', 'DT_INT32')} attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 0 } } } }
node_def { name: "one" op: "ExpandDims" input: "image:image:0" input: "first:output:0" ${typed('T', 'DT_UINT8')} ${typed('Tdim', 'DT_INT32')} }
node_def { name: "resized" op: "ResizeBilinear" input: "one:output:0" input: "size" ${typed('T', 'DT_UINT8')}
  attr { key: "half_pixel_centers" value { b: true } } }
node_def { name: "single" op: "Squeeze" input: "resized:resized_images:0" ${typed('T', 'DT_FLOAT')}
  attr { key: "squeeze_dims" value { list { i: 0 } } } }
ret { key: "picture" value: "single:output:0" }
}
}`;

/** tfjs leaves a walk over a dataset where it is when training ends early. */
const left = new FinalizationRegistry<number>((session) => tf.nodeBackend().deleteSavedModel(session));

/** Pipelines that came to their end: to begin one of them anew is quicker than to build one. */
const ended: number[] = [];

/**
 * Decodes and resizes pictures as `decodeImage` does, in batches, in TensorFlow's own threads: it goes on while TensorFlow
 * computes in this one, which it blocks.
 */
export class ImagePipeline {
  private readonly session: number;
  private given = 0;

  /**
   * @param paths The files, in order.
   * @param imageSize [height, width] in pixels.
   */
  constructor(
    private readonly paths: string[],
    private readonly imageSize: [number, number],
    private readonly batchSize: number,
  ) {
    this.session = ended.pop() ?? loadSavedModel(savedModelText(PIPELINE), 'pipeline');
    left.register(this, this.session, this);
    tf.tidy(() => {
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
    if (this.given >= this.paths.length) ended.push(this.session);
    else tf.nodeBackend().deleteSavedModel(this.session);
  }

  private check(file: string): void {
    try {
      decodeImage(readFileSync(file), this.imageSize).dispose();
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid TF_Status: \d+\s+Message: /, '');
      throw new Error(
        `Could not decode ${path.resolve(file)}: ${reason} ` +
          'Expected a whole JPEG, PNG, BMP or GIF file: replace it or delete it, then make the dataset anew.',
      );
    }
  }
}
