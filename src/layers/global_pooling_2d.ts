import * as tf from '../tf';
import type { LayerRecord } from '../tfjs/layer_record';
import { defineLayer } from '../tfjs/layer_records';
import { shown } from '../utils/shown';
import { checkChannelsLast, checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `globalAveragePooling2d` and `globalMaxPooling2d`, besides those of every layer, such as `name`. */
export interface GlobalPooling2DArgs extends LayerArgs {
  /** Whether height and width stay, each 1. Defaults to false. */
  keepdims?: boolean;
}

/**
 * Takes maps [batch, height, width, channels]; gives [batch, channels], or [batch, 1, 1, channels] with `keepdims`.
 *
 * @internal
 */
abstract class GlobalPooling2D extends tf.layers.Layer {
  /** Whether height and width stay, each 1. */
  protected readonly keepdims: boolean;

  /** @throws Error when an argument is unknown, or a saved layer expects the channels first. */
  constructor(args: GlobalPooling2DArgs) {
    super(args);
    checkLayerArgs(this, args);
    this.keepdims = args.keepdims ?? false;
    this.inputSpec = [{ ndim: 4 }];
    checkChannelsLast(this, args);
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    const [batch, , , channels] = inputShape;
    return this.keepdims ? [batch!, 1, 1, channels!] : [batch!, channels!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    // As tfjs's own where it does the same.
    return { ...super.getConfig(), dataFormat: 'channelsLast', ...(this.keepdims && { keepdims: true }) };
  }
}

/** What there is to know of a layer that pools all of a map at once; `pooling` is tfjs's class that pools parts of it. */
const globalPooling = (pooling: string): LayerRecord => ({
  keras: ['keepdims', 'data_format'],
  inTfjs: (layer) => {
    // tfjs has no `keepdims`.
    if (!layer.getConfig().keepdims) return 'itself';
    const [, height, width] = [layer.input].flat()[0]!.shape;
    if (!height || !width) {
      throw new Error(
        `The layer '${shown(layer.name)}' keeps its axes, which tfjs does for maps of one size only. ` +
          'Give the model an input of known height and width.',
      );
    }
    const size = [height, width];
    return { className: pooling, settings: { pool_size: size, strides: size, padding: 'valid' } };
  },
  oneGraph: true,
});

/** The mean of each channel; tfjs's own has no `keepdims`. Source: `keras.layers.GlobalAveragePooling2D`. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  /** Its name in files of models. */
  static readonly className = 'GlobalAveragePooling2D';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0]!.mean([1, 2], this.keepdims);
  }
}
defineLayer(GlobalAveragePooling2D, globalPooling('AveragePooling2D'));

/** The greatest value of each channel; tfjs's own has no `keepdims`. Source: `keras.layers.GlobalMaxPooling2D`. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  /** Its name in files of models. */
  static readonly className = 'GlobalMaxPooling2D';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0]!.max([1, 2], this.keepdims);
  }
}
defineLayer(GlobalMaxPooling2D, globalPooling('MaxPooling2D'));

/**
 * A layer that takes the mean of each channel.
 *
 * @example
 * layers.globalAveragePooling2d({ keepdims: true });
 */
export function globalAveragePooling2d(args: GlobalPooling2DArgs = {}): GlobalAveragePooling2D {
  return new GlobalAveragePooling2D(args);
}

/**
 * A layer that takes the greatest value of each channel.
 *
 * @example
 * layers.globalMaxPooling2d({ keepdims: true });
 */
export function globalMaxPooling2d(args: GlobalPooling2DArgs = {}): GlobalMaxPooling2D {
  return new GlobalMaxPooling2D(args);
}
