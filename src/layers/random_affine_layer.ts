import type * as tf from '../tf';
import { type AffineMatrix, lazyWarp, type WarpSettings } from '../tfjs/lazy_warp';
import { checkOneOf } from './arguments';
import { BaseRandomLayer, type BaseRandomLayerArgs } from './base_random_layer';

/** The arguments that rotation, zoom and translation share. */
export interface RandomAffineLayerArgs extends BaseRandomLayerArgs {
  /**
   * What is outside the picture: 'reflect' (d c b a | a b c d | d c b a), 'wrap' (a b c d | a b c d | a b c d),
   * 'nearest' (a a a a | a b c d | d d d d) or 'constant' (`fillValue`). Defaults to 'reflect'.
   */
  fillMode?: WarpSettings['fillMode'];
  /** How to sample between pixels: 'bilinear' or 'nearest'. Defaults to 'bilinear'. */
  interpolation?: WarpSettings['interpolation'];
  /** The value outside the picture when `fillMode` is 'constant'. Defaults to 0. */
  fillValue?: number;
}

/** Keras's names of the settings that rotation, zoom and translation share. */
export const AFFINE = ['fill_mode', 'fill_value', 'interpolation'];

/** A random layer that moves pixels by a matrix. Such layers next to each other move them once, by their product. */
export abstract class RandomAffineLayer<Transformation> extends BaseRandomLayer<Transformation> {
  private readonly settings: WarpSettings;

  /** @throws Error when the fill mode or the interpolation is unknown. */
  constructor(args: RandomAffineLayerArgs) {
    super(args);
    const { fillMode = 'reflect', interpolation = 'bilinear', fillValue = 0 } = args;
    checkOneOf('fillMode', fillMode, ['reflect', 'wrap', 'constant', 'nearest']);
    checkOneOf('interpolation', interpolation, ['nearest', 'bilinear']);
    this.settings = { interpolation, fillMode, fillValue };
  }

  /** Where each pixel comes from in a picture of `height` × `width` pixels. */
  abstract matrix(transformation: Transformation, height: number, width: number): AffineMatrix;

  override transformImages(images: tf.Tensor4D, transformations: Transformation[]): tf.Tensor4D {
    const [, height, width] = images.shape;
    const matrices = transformations.map((transformation) => this.matrix(transformation, height, width));
    return lazyWarp(images, matrices, this.settings);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
