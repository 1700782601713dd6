import type * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { type AffineMatrix, lazyWarp } from '../tfjs/lazy_warp';
import { checkOneOf } from './arguments';
import { BaseRandomLayer, type BaseRandomLayerArgs, randomLayer } from './base_random_layer';

/** The arguments of `randomFlip`. */
export interface RandomFlipArgs extends BaseRandomLayerArgs {
  /**
   * 'horizontal' swaps left and right, 'vertical' top and bottom, 'horizontalAndVertical' both at once. Defaults to
   * 'horizontalAndVertical'.
   */
  mode?: 'horizontal' | 'vertical' | 'horizontalAndVertical';
}

/** Flips half of the pictures in training. Source: `keras.layers.RandomFlip`. */
export class RandomFlip extends BaseRandomLayer<boolean> {
  /** Its name in files of models. */
  static readonly className = 'RandomFlip';
  private readonly mode: NonNullable<RandomFlipArgs['mode']>;

  /** @throws Error when the mode is unknown. */
  constructor(args: RandomFlipArgs = {}) {
    super(args);
    this.mode = args.mode ?? 'horizontalAndVertical';
    checkOneOf('mode', this.mode, ['horizontal', 'vertical', 'horizontalAndVertical']);
  }

  /** Whether to flip the picture. */
  override getRandomTransformation(random: () => number): boolean {
    return random() <= 0.5;
  }

  override transformImages(images: tf.Tensor4D, flips: boolean[]): tf.Tensor4D {
    const [, height, width] = images.shape;
    const horizontal: AffineMatrix = this.mode === 'vertical' ? [1, 0, 0, 0, 1, 0] : [-1, 0, width - 1, 0, 1, 0];
    const [a0, a1, a2] = horizontal;
    const flipped: AffineMatrix = this.mode === 'horizontal' ? horizontal : [a0, a1, a2, 0, -1, height - 1];
    return lazyWarp(
      images,
      flips.map((flip) => (flip ? flipped : [1, 0, 0, 0, 1, 0])),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), mode: this.mode };
  }
}
defineLayer(RandomFlip, randomLayer(['mode']));

/**
 * A layer that flips half of the pictures in training.
 *
 * @throws Error when the mode is unknown.
 * @example
 * layers.randomFlip({ mode: 'horizontal', seed: 1 });
 */
export function randomFlip(args: RandomFlipArgs = {}): RandomFlip {
  return new RandomFlip(args);
}
