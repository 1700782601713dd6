import type * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import type { AffineMatrix } from '../tfjs/lazy_warp';
import { type Factor, factorRange, uniform } from './arguments';
import { randomLayer } from './base_random_layer';
import { AFFINE, RandomAffineLayer, type RandomAffineLayerArgs } from './random_affine_layer';

/** The arguments of `randomRotation`. */
export interface RandomRotationArgs extends RandomAffineLayerArgs {
  /** By which part of a full turn at most, from -1 to 1: 0.1 is up to 36° either way. Positive is counter-clockwise. */
  factor: Factor;
}

/** Rotates each picture about its centre in training. Source: `keras.layers.RandomRotation`. */
export class RandomRotation extends RandomAffineLayer<number> {
  /** Its name in files of models. */
  static readonly className = 'RandomRotation';
  private readonly factor: [number, number];

  /** @throws Error when the factor is out of range, or the fill mode or the interpolation unknown. */
  constructor(args: RandomRotationArgs) {
    super(args);
    this.factor = factorRange('factor', args.factor, -1);
  }

  /** The angle in degrees. */
  override getRandomTransformation(random: () => number): number {
    return 360 * uniform(random, this.factor);
  }

  override matrix(angle: number, height: number, width: number): AffineMatrix {
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    return [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), factor: this.factor };
  }
}
defineLayer(RandomRotation, randomLayer(['factor', ...AFFINE]));

/**
 * A layer that rotates each picture about its centre in training.
 *
 * @throws Error when the factor is out of range, or the fill mode or the interpolation unknown.
 * @example
 * layers.randomRotation({ factor: 0.1, seed: 1 });
 */
export function randomRotation(args: RandomRotationArgs): RandomRotation {
  return new RandomRotation(args);
}
