import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { RESIZE_METHODS, type ResizeMethod, resizeImages } from '../tfjs/resize_images';
import { shown } from '../utils/shown';
import { checkOneOf, checkSize } from './arguments';
import { aroundOfAspectRatio, partOfAspectRatio } from './aspect_ratio';
import { checkChannelsLast, checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `resizing`, besides those of every layer, such as `name`. */
export interface ResizingArgs extends LayerArgs {
  /** The height that pictures get. */
  height: number;
  /** The width that pictures get. */
  width: number;
  /** How: 'bilinear' by default. */
  interpolation?: ResizeMethod;
  /** Whether the largest part, in the middle, of the size's aspect ratio is taken. Defaults to false: pictures are distorted. */
  cropToAspectRatio?: boolean;
  /** Whether the whole picture is fitted into the size, with `fillValue` around it. Defaults to false. */
  padToAspectRatio?: boolean;
  /** What is put around a picture: 'constant' only. */
  fillMode?: 'constant';
  /** The value around a picture. Defaults to 0. */
  fillValue?: number;
  /** Whether pictures that get smaller are smoothed. Defaults to false. */
  antialias?: boolean;
}

/**
 * Resizes pictures [batch, any height, any width, channels] to [batch, height, width, channels], with half-pixel centres; tfjs's
 * own layer of the name can't be followed by any other. Source: `keras.layers.Resizing`.
 */
export class Resizing extends tf.layers.Layer {
  /** Its name in files of models. */
  static readonly className = 'Resizing';
  private readonly settings: Required<Omit<ResizingArgs, keyof LayerArgs>>;

  /** @throws Error when an argument is unknown, none that it may be, or contradicts another. */
  constructor(args: ResizingArgs) {
    super(args);
    checkLayerArgs(this, args);
    checkChannelsLast(this, args);
    const { height, width, fillMode } = args;
    this.settings = {
      ...{ height, width },
      interpolation: args.interpolation ?? 'bilinear',
      cropToAspectRatio: args.cropToAspectRatio ?? false,
      padToAspectRatio: args.padToAspectRatio ?? false,
      fillMode: fillMode ?? 'constant',
      fillValue: args.fillValue ?? 0,
      antialias: args.antialias ?? false,
    };
    checkOneOf('interpolation', this.settings.interpolation, RESIZE_METHODS);
    checkOneOf('fillMode', this.settings.fillMode, ['constant']);
    checkSize(this, height, width);
    if (this.settings.cropToAspectRatio && this.settings.padToAspectRatio) {
      throw new Error(
        `Expected the layer '${shown(this.name)}' to have cropToAspectRatio or padToAspectRatio. Received: both.`,
      );
    }
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = [inputs].flat()[0] as tf.Tensor4D;
      const { height, width, interpolation, cropToAspectRatio, padToAspectRatio, fillValue, antialias } = this.settings;
      const size = [height, width] as const;
      let images = input.toFloat();
      if (cropToAspectRatio) images = partOfAspectRatio(images, size);
      if (padToAspectRatio) images = aroundOfAspectRatio(images, size, fillValue);
      const resized = resizeImages(images, size, interpolation, antialias);
      // Keras gives whole numbers for whole numbers.
      return input.dtype === 'int32' ? resized.round() : resized;
    });
  }

  override computeOutputShape([batch, , , channels]: tf.Shape): tf.Shape {
    return [batch!, this.settings.height, this.settings.width, channels!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}

const KERAS = ['height', 'width', 'interpolation', 'crop_to_aspect_ratio', 'pad_to_aspect_ratio'];
defineLayer(Resizing, {
  keras: [...KERAS, 'fill_mode', 'fill_value', 'antialias', 'data_format'],
  inTfjs: (layer) => {
    throw notInTfjs(layer, 'resizes');
  },
  needs: ['height', 'width'],
  unlikeTfjs: true,
  oneGraph: true,
});

/**
 * A layer that resizes pictures.
 *
 * @throws Error when an argument is none that it may be, or contradicts another.
 * @example
 * layers.resizing({ height: 180, width: 180, cropToAspectRatio: true });
 */
export function resizing(args: ResizingArgs): Resizing {
  return new Resizing(args);
}
