import * as tf from '../../tf';
import { predictInBfloat16 } from '../../tfjs/graph/predict';
import type { ImageDataset } from '../../utils/image_dataset';
import { copyAugmentation } from './copy_augmentation';
import type { FeatureDtype } from './feature_dtype';
import type { FeatureFile, FeatureReader } from './feature_files';
import type { ModelSteps } from './model_steps';
import { readBatch } from './open_features';

/** Pictures that the network takes at a time: its first layers need much memory. */
export const PICTURES_AT_A_TIME = 16;

/** A dataset of pictures, labelled or not. */
export type Pictures = ImageDataset<tf.TensorContainer>;

/** Which variant of the pictures, counted from 0; undefined: the pictures as they are. */
export type Variant = number | undefined;

/** What is to be computed. */
export interface Task {
  /** The places in the model whose outputs are wanted, first to last. */
  goals: number[];
  /** A file of them: which pictures they are. */
  file: FeatureFile;
  variant: Variant;
  /** The batches, by the places of their first pictures in the file. */
  starts: number[];
  /** Called before each batch; may throw. */
  check: () => void;
  /** What is kept of an earlier place, from which it is computed; by default from the pictures. */
  source?: { place: number; reader: FeatureReader } | undefined;
}

interface Batch {
  start: number;
  x: tf.Tensor;
}

/** Computes what the frozen layers that a model begins with give for pictures, batch by batch. */
export class FrozenPart {
  /** The shape of what comes out at each place of the model. */
  readonly shapes: number[][];
  private readonly pictureShape: number[];

  constructor(
    private readonly model: ModelSteps,
    private readonly dataset: Pictures,
    private readonly dtype: FeatureDtype,
  ) {
    this.pictureShape = [...dataset.imageSize, dataset.channels];
    this.shapes = model.shapes(this.pictureShape);
  }

  /**
   * The numbers of each batch, at each of the goals. The last digits may depend on what else is in a batch: it is always
   * the same, that of the dataset, whatever they are computed from.
   */
  async *compute(task: Task): AsyncGenerator<{ start: number; outputs: Float32Array[] }, void, void> {
    const begin = task.source?.place ?? this.model.augmentations - 1;
    const segments = task.goals.map((goal, index) => {
      const from = [begin, ...task.goals.slice(0, index)].filter((place) => this.model.isSeam(place)).at(-1)!;
      const { model, release } = this.model.segment(from, goal, this.shapes[from] ?? this.pictureShape);
      if (this.dtype === 'bfloat16') predictInBfloat16(model);
      return { from, goal, model, release };
    });
    try {
      for await (const { start, x } of this.inputs(task)) {
        const tensors = new Map([[begin, x]]);
        const outputs: Float32Array[] = [];
        try {
          task.check();
          for (const { from, goal, model } of segments) {
            const y = model.predict(tensors.get(from)!, { batchSize: PICTURES_AT_A_TIME }) as tf.Tensor;
            tensors.set(goal, y);
            outputs.push(await y.data<'float32'>());
          }
        } finally {
          tf.dispose([...tensors.values()]);
        }
        yield { start, outputs };
      }
    } finally {
      for (const { release } of segments) release();
    }
  }

  private async *inputs({ source, file, starts, variant }: Task): AsyncGenerator<Batch, void, void> {
    if (!source) return yield* this.pictures(file, starts, variant);
    for (const start of starts) {
      const end = Math.min(start + this.dataset.batchSize, file.pictures);
      const places = Array.from({ length: end - start }, (_, index) => start + index);
      yield { start, x: await readBatch(places, this.shapes[source.place]!, () => source.reader) };
    }
  }

  /** The pictures, as they are or augmented. */
  private async *pictures(file: FeatureFile, starts: number[], variant: Variant): AsyncGenerator<Batch, void, void> {
    const { batchSize } = this.dataset;
    const layers = this.model.steps.slice(0, this.model.augmentations).map(({ layer }) => layer);
    const augmentation = variant === undefined ? [] : copyAugmentation(layers, variant);
    // What is drawn for a picture follows from what was drawn for those before it.
    let start = variant === undefined ? (starts[0] ?? 0) : 0;
    const end = Math.min((starts.at(-1) ?? 0) + batchSize, file.pictures);
    for await (const pictures of this.dataset.inOrder(file.start + start, file.start + end)) {
      const x = tf.tidy(() =>
        augmentation.reduce<tf.Tensor>(
          (images, layer) => layer.apply(images, { training: true }) as tf.Tensor,
          pictures.clone(),
        ),
      );
      pictures.dispose();
      if (starts.includes(start)) yield { start, x };
      else x.dispose();
      start += batchSize;
    }
  }
}
