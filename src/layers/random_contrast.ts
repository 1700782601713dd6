import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { type Factor, factorRange, uniform } from './arguments';
import { BaseRandomLayer, type BaseRandomLayerArgs, randomLayer } from './base_random_layer';

/** The arguments of `randomContrast`. */
export interface RandomContrastArgs extends BaseRandomLayerArgs {
  /** By which part, from 0 to 1: f multiplies the contrast by 1 - f to 1 + f, [f, g] by 1 - f to 1 + g. */
  factor: Factor;
  /** Between which values the pictures lie; what exceeds them is clipped. Defaults to [0, 255]. */
  valueRange?: [lower: number, upper: number];
}

/** Changes the contrast of each picture in training, each channel about its mean. Source: `keras.layers.RandomContrast`. */
export class RandomContrast extends BaseRandomLayer<number> {
  /** Its name in files of models. */
  static readonly className = 'RandomContrast';
  private readonly factor: [number, number];
  private readonly valueRange: [number, number];

  /** @throws Error when the factor is out of range. */
  constructor(args: RandomContrastArgs) {
    super(args);
    const [lower, upper] = factorRange('factor', args.factor, 0);
    // A number counts both ways, as Keras documents it; Keras 3 itself makes [0, f] of it.
    this.factor = [Math.abs(lower), upper];
    this.valueRange = args.valueRange ?? [0, 255];
  }

  /** What the contrast is multiplied by. */
  override getRandomTransformation(random: () => number): number {
    const [lower, upper] = this.factor;
    return uniform(random, [1 - lower, 1 + upper]);
  }

  override transformImages(images: tf.Tensor4D, contrasts: number[]): tf.Tensor4D {
    return tf.tidy(() => {
      const mean = images.mean([1, 2], true);
      return images
        .sub(mean)
        .mul(tf.tensor(contrasts, [contrasts.length, 1, 1, 1]))
        .add(mean)
        .clipByValue(...this.valueRange) as tf.Tensor4D;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange };
  }
}
defineLayer(RandomContrast, randomLayer(['factor', 'value_range']));

/**
 * A layer that changes the contrast of each picture in training.
 *
 * @throws Error when the factor is out of range.
 * @example
 * layers.randomContrast({ factor: 0.2, seed: 1 });
 */
export function randomContrast(args: RandomContrastArgs): RandomContrast {
  return new RandomContrast(args);
}
