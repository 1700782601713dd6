import type * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import type { AffineMatrix } from '../tfjs/lazy_warp';
import { type Factor, factorRange, uniform } from './arguments';
import { randomLayer } from './base_random_layer';
import { AFFINE, RandomAffineLayer, type RandomAffineLayerArgs } from './random_affine_layer';

/** The arguments of `randomTranslation`. */
export interface RandomTranslationArgs extends RandomAffineLayerArgs {
  /** By which part of its height, from -1 to 1: 0.2 shifts by up to 20 % either way. Positive shifts down. */
  heightFactor: Factor;
  /** By which part of its width. Positive shifts to the right. */
  widthFactor: Factor;
}

/** By which part of its height a picture is shifted down, and by which of its width to the right. */
export interface Translation {
  /** Downwards, of the height. */
  heightTranslate: number;
  /** To the right, of the width. */
  widthTranslate: number;
}

/** Shifts each picture in training. Source: `keras.layers.RandomTranslation`. */
export class RandomTranslation extends RandomAffineLayer<Translation> {
  /** Its name in files of models. */
  static readonly className = 'RandomTranslation';
  private readonly height: [number, number];
  private readonly width: [number, number];

  /** @throws Error when a factor is out of range, or the fill mode or the interpolation unknown. */
  constructor(private readonly args: RandomTranslationArgs) {
    super(args);
    this.height = factorRange('heightFactor', args.heightFactor, -1);
    this.width = factorRange('widthFactor', args.widthFactor, -1);
  }

  override getRandomTransformation(random: () => number): Translation {
    return { heightTranslate: uniform(random, this.height), widthTranslate: uniform(random, this.width) };
  }

  override matrix({ heightTranslate, widthTranslate }: Translation, height: number, width: number): AffineMatrix {
    return [1, 0, -widthTranslate * width, 0, 1, -heightTranslate * height];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { heightFactor, widthFactor } = this.args;
    return { ...super.getConfig(), heightFactor, widthFactor };
  }
}
defineLayer(RandomTranslation, randomLayer(['height_factor', 'width_factor', ...AFFINE]));

/**
 * A layer that shifts each picture in training.
 *
 * @throws Error when a factor is out of range, or the fill mode or the interpolation unknown.
 * @example
 * layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1, seed: 1 });
 */
export function randomTranslation(args: RandomTranslationArgs): RandomTranslation {
  return new RandomTranslation(args);
}
