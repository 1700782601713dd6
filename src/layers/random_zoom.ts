import type * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import type { AffineMatrix } from '../tfjs/lazy_warp';
import { type Factor, factorRange, uniform } from './arguments';
import { randomLayer } from './base_random_layer';
import { AFFINE, RandomAffineLayer, type RandomAffineLayerArgs } from './random_affine_layer';

/** The arguments of `randomZoom`. */
export interface RandomZoomArgs extends RandomAffineLayerArgs {
  /** By which part of its height, above -1 and up to 1: 0.2 shows from 20 % less to 20 % more. Positive zooms out. */
  heightFactor: Factor;
  /** The same for the width. Defaults to null: what is drawn for the height, which keeps the aspect ratio. */
  widthFactor?: Factor | null;
}

/** How much of the height and of the width of a picture is seen: 1 is all, 1.2 is 20 % more. */
export interface Zoom {
  /** Of the height. */
  heightZoom: number;
  /** Of the width. */
  widthZoom: number;
}

/** Zooms into or out of each picture in training. Source: `keras.layers.RandomZoom`. */
export class RandomZoom extends RandomAffineLayer<Zoom> {
  /** Its name in files of models. */
  static readonly className = 'RandomZoom';
  private readonly height: [number, number];
  private readonly width: [number, number] | null;

  /** @throws Error when a factor is out of range, or the fill mode or the interpolation unknown. */
  constructor(private readonly args: RandomZoomArgs) {
    super(args);
    const { heightFactor, widthFactor } = args;
    this.height = factorRange('heightFactor', heightFactor, -1, true);
    this.width = widthFactor == null ? null : factorRange('widthFactor', widthFactor, -1, true);
  }

  override getRandomTransformation(random: () => number): Zoom {
    const heightZoom = 1 + uniform(random, this.height);
    return { heightZoom, widthZoom: this.width ? 1 + uniform(random, this.width) : heightZoom };
  }

  override matrix({ heightZoom, widthZoom }: Zoom, height: number, width: number): AffineMatrix {
    const offset = (size: number, zoom: number) => ((size - 1) / 2) * (1 - zoom);
    return [widthZoom, 0, offset(width, widthZoom), 0, heightZoom, offset(height, heightZoom)];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { heightFactor, widthFactor = null } = this.args;
    return { ...super.getConfig(), heightFactor, widthFactor };
  }
}
defineLayer(RandomZoom, randomLayer(['height_factor', 'width_factor', ...AFFINE]));

/**
 * A layer that zooms into or out of each picture in training.
 *
 * @throws Error when a factor is out of range, or the fill mode or the interpolation unknown.
 * @example
 * layers.randomZoom({ heightFactor: 0.2, seed: 1 });
 */
export function randomZoom(args: RandomZoomArgs): RandomZoom {
  return new RandomZoom(args);
}
