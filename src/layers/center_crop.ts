import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { resizeImages } from '../tfjs/resize_images';
import { checkSize } from './arguments';
import { partOfAspectRatio } from './aspect_ratio';
import { checkChannelsLast, checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `centerCrop`, besides those of every layer, such as `name`. */
export interface CenterCropArgs extends LayerArgs {
  /** The height that pictures get. */
  height: number;
  /** The width that pictures get. */
  width: number;
}

/**
 * Takes of pictures [batch, any height, any width, channels] the middle, [batch, height, width, channels]; of smaller ones the
 * largest part of that aspect ratio, resized. tfjs's own is off by a column. Source: `keras.layers.CenterCrop`.
 */
export class CenterCrop extends tf.layers.Layer {
  /** Its name in files of models. */
  static readonly className = 'CenterCrop';
  private readonly size: [height: number, width: number];

  /** @throws Error when an argument is unknown, or the size is none. */
  constructor(args: CenterCropArgs) {
    super(args);
    checkLayerArgs(this, args);
    checkChannelsLast(this, args);
    checkSize(this, args.height, args.width);
    this.size = [args.height, args.width];
  }

  /** What is more than the size, above and below or left and right. */
  private more(axis: 0 | 1, size: number): [before: number, after: number] {
    const all = size - this.size[axis];
    return [Math.floor(all / 2), Math.ceil(all / 2)];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const images = ([inputs].flat()[0] as tf.Tensor4D).toFloat();
      const [batch, height, width, channels] = images.shape;
      const [top, left] = [this.more(0, height)[0], this.more(1, width)[0]];
      if (top < 0 || left < 0) return resizeImages(partOfAspectRatio(images, this.size), this.size, 'bilinear');
      return images.slice([0, top, left, 0], [batch, ...this.size, channels]);
    });
  }

  /**
   * The margins that are cut off: above, below; left, right.
   *
   * @throws Error when the size of the pictures is unknown, or less than that of the middle.
   * @internal
   */
  margins(): [number, number][] {
    const [, height, width] = [this.input].flat()[0]!.shape;
    if (!height || !width || height < this.size[0] || width < this.size[1]) {
      throw notInTfjs(this, 'resizes pictures that are smaller, or takes pictures of any size');
    }
    return [this.more(0, height), this.more(1, width)];
  }

  override computeOutputShape([batch, , , channels]: tf.Shape): tf.Shape {
    return [batch!, ...this.size, channels!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const [height, width] = this.size;
    return { ...super.getConfig(), height, width };
  }
}
defineLayer(CenterCrop, {
  keras: ['height', 'width', 'data_format'],
  inTfjs: (layer) => ({ className: 'Cropping2D', settings: { cropping: layer.margins() } }),
  needs: ['height', 'width'],
  unlikeTfjs: true,
  oneGraph: true,
});

/**
 * A layer that takes the middle of pictures.
 *
 * @throws Error when the size is none.
 * @example
 * layers.centerCrop({ height: 160, width: 160 });
 */
export function centerCrop(args: CenterCropArgs): CenterCrop {
  return new CenterCrop(args);
}
