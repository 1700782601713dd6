import { createHash } from 'node:crypto';
import * as tf from '../tf';
import type { LayerRecord } from '../tfjs/layer_record';
import { randomGenerator } from '../utils/random';
import { shown } from '../utils/shown';
import { checkChannelsLast, checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments that all random layers have, besides those of every layer, such as `name`. */
export interface BaseRandomLayerArgs extends LayerArgs {
  /** A whole number from which all that the layer draws follows. Defaults to drawing from `Math.random`. */
  seed?: number | null;
}

/**
 * A layer that changes pictures at random: only when it is called with `{ training: true }`, as `fit` does, and each
 * picture in another way.
 *
 * Takes pictures [batch, height, width, channels] or one [height, width, channels]; gives float32 of the same shape.
 * `Transformation` is what is drawn for a picture. Source: `keras.layers.BaseImagePreprocessingLayer`.
 */
export abstract class BaseRandomLayer<Transformation = unknown> extends tf.layers.Layer {
  private readonly seed: number | null;
  private random: () => number = () => Math.random();

  /** @throws Error when an argument is unknown, the seed is no whole number, or a saved layer expects the channels first. */
  constructor(args: BaseRandomLayerArgs) {
    super(args);
    checkLayerArgs(this, args);
    this.seed = args.seed ?? null;
    if (this.seed !== null && !Number.isInteger(this.seed)) {
      throw new Error(`Argument \`seed\` must be an integer. Received: seed=${this.seed}`);
    }
    checkChannelsLast(this, args);
    if (this.seed !== null) this.reseed(0);
  }

  /**
   * Starts the layer's draws anew: from now on they follow from its seed and from `stream`, a whole number, alone; the same
   * pictures in the same order get the same draws, whatever the size of the batches. A layer without a seed counts as
   * one of seed 0, and layers of different classes draw differently from the same seed.
   */
  reseed(stream: number): void {
    const hash = createHash('sha256').update(JSON.stringify([this.getClassName(), this.seed ?? 0, stream]));
    this.random = randomGenerator(hash.digest().readUInt32LE());
  }

  /** What happens to one picture, drawn from `random`, a generator of numbers in [0, 1). */
  abstract getRandomTransformation(random: () => number): Transformation;

  /** The pictures [batch, height, width, channels], each changed by its own transformation. */
  abstract transformImages(images: tf.Tensor4D, transformations: Transformation[]): tf.Tensor4D;

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const input = [inputs].flat()[0]!;
      const images = input.dtype === 'float32' ? input : input.toFloat();
      if (!training) return images;
      if (images.rank !== 3 && images.rank !== 4) {
        throw new Error(
          `The layer '${shown(this.name)}' expected images of rank 3 (single image) or 4 (batch of images). ` +
            `Received: shape=[${images.shape}]`,
        );
      }
      const batch = (images.rank === 3 ? images.expandDims(0) : images) as tf.Tensor4D;
      const draw = () => this.getRandomTransformation(this.random);
      const outputs = this.transformImages(batch, Array.from({ length: batch.shape[0] }, draw));
      return images.rank === 3 ? outputs.squeeze([0]) : outputs;
    });
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), seed: this.seed };
  }
}

/** What there is to know of a random layer, given Keras's names of its own settings: when a model predicts, it does nothing. */
export function randomLayer(settings: readonly string[]): LayerRecord {
  return { keras: [...settings, 'seed', 'data_format'], inTfjs: 'identity', oneGraph: true };
}
