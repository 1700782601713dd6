import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { RESIZE_METHODS, type ResizeMethod, resizeImages } from '../tfjs/resize_images';
import { checkOneOf } from './arguments';
import { checkChannelsLast, checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `upSampling2d`, besides those of every layer, such as `name`. */
export interface UpSampling2DArgs extends LayerArgs {
  /** By how much: of the height and of the width, or one number for both. Defaults to [2, 2]. */
  size?: number | [height: number, width: number];
  /** How: 'nearest' by default. */
  interpolation?: ResizeMethod;
}

/**
 * Enlarges maps [batch, height, width, channels] by whole numbers, with half-pixel centres; tfjs's own has none, and two of the
 * ways only. Source: `keras.layers.UpSampling2D`.
 */
export class UpSampling2D extends tf.layers.Layer {
  /** Its name in files of models. */
  static readonly className = 'UpSampling2D';
  private readonly size: number[];
  private readonly interpolation: ResizeMethod;

  /** @throws Error when an argument is unknown, or none that it may be. */
  constructor(args: UpSampling2DArgs) {
    super(args);
    checkLayerArgs(this, args);
    checkChannelsLast(this, args);
    const { size = [2, 2], interpolation = 'nearest' } = args;
    this.size = typeof size === 'number' ? [size, size] : size;
    this.interpolation = interpolation;
    this.inputSpec = [{ ndim: 4 }];
    checkOneOf('interpolation', interpolation, RESIZE_METHODS);
    if (this.size.length !== 2 || !this.size.every((factor) => Number.isInteger(factor) && factor > 0)) {
      throw new Error(`Expected \`size\` to be one or two whole numbers. Received: size=${JSON.stringify(size)}`);
    }
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const maps = [inputs].flat()[0] as tf.Tensor4D;
    const [, height, width] = this.computeOutputShape(maps.shape) as number[];
    return resizeImages(maps, [height!, width!], this.interpolation);
  }

  override computeOutputShape([batch, height, width, channels]: tf.Shape): tf.Shape {
    const [down, across] = this.size as [number, number];
    return [batch!, height ? height * down : null, width ? width * across : null, channels!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    // As tfjs's own.
    return { ...super.getConfig(), size: this.size, dataFormat: 'channelsLast', interpolation: this.interpolation };
  }
}
defineLayer(UpSampling2D, {
  keras: ['size', 'interpolation', 'data_format'],
  inTfjs: (layer) => {
    const { interpolation } = layer.getConfig();
    if (interpolation === 'nearest') return 'itself';
    throw notInTfjs(layer, `has the interpolation ${interpolation}`);
  },
  unlikeTfjs: true,
  oneGraph: true,
});

/**
 * A layer that enlarges maps.
 *
 * @throws Error when an argument is none that it may be.
 * @example
 * layers.upSampling2d({ size: 2, interpolation: 'bilinear' });
 */
export function upSampling2d(args: UpSampling2DArgs = {}): UpSampling2D {
  return new UpSampling2D(args);
}
