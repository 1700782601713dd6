import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { type Factor, factorRange, uniform } from './arguments';
import { BaseRandomLayer, type BaseRandomLayerArgs, randomLayer } from './base_random_layer';

/** The arguments of `randomBrightness`. */
export interface RandomBrightnessArgs extends BaseRandomLayerArgs {
  /** By which part of the range of values, from -1 (all black) to 1 (all white): 0.2 adds up to 20 % either way. */
  factor: Factor;
  /** Between which values the pictures lie; what exceeds them is clipped. Defaults to [0, 255]. */
  valueRange?: [lower: number, upper: number];
}

/** Makes each picture brighter or darker in training. Source: `keras.layers.RandomBrightness`. */
export class RandomBrightness extends BaseRandomLayer<number> {
  /** Its name in files of models. */
  static readonly className = 'RandomBrightness';
  private readonly factor: [number, number];
  private readonly valueRange: [number, number];

  /** @throws Error when the factor is out of range. */
  constructor(args: RandomBrightnessArgs) {
    super(args);
    this.factor = factorRange('factor', args.factor, -1);
    this.valueRange = args.valueRange ?? [0, 255];
  }

  /** What is added, as a part of the range of values. */
  override getRandomTransformation(random: () => number): number {
    return uniform(random, this.factor);
  }

  override transformImages(images: tf.Tensor4D, brightnesses: number[]): tf.Tensor4D {
    const [lower, upper] = this.valueRange;
    return tf.tidy(() => {
      const deltas = tf.tensor(brightnesses, [brightnesses.length, 1, 1, 1]).mul(upper - lower);
      return images.add(deltas).clipByValue(lower, upper) as tf.Tensor4D;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange };
  }
}
defineLayer(RandomBrightness, randomLayer(['factor', 'value_range']));

/**
 * A layer that makes each picture brighter or darker in training.
 *
 * @throws Error when the factor is out of range.
 * @example
 * layers.randomBrightness({ factor: 0.2, seed: 1 });
 */
export function randomBrightness(args: RandomBrightnessArgs): RandomBrightness {
  return new RandomBrightness(args);
}
