import type * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { StockDropout } from '../tfjs/stock_classes';
import { checkChannelsLast, checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `spatialDropout2d`, besides those of every layer, such as `name`. */
export interface SpatialDropout2DArgs extends LayerArgs {
  /** The share of the channels that are dropped, from 0 to 1. */
  rate: number;
  /** A whole number; with one, each step drops the same channels, as tfjs's Dropout does. Defaults to `Math.random`. */
  seed?: number;
}

/** One choice for all of a map. */
const WHOLE_MAPS = [null, 1, 1, null];

/**
 * Drops whole channels of maps [batch, height, width, channels] in training. Source: `keras.layers.SpatialDropout2D`.
 */
export class SpatialDropout2D extends StockDropout {
  /** Its name in files of models. */
  static readonly className = 'SpatialDropout2D';

  /** @throws Error when an argument is unknown. */
  constructor(args: SpatialDropout2DArgs) {
    // tfjs takes null for a size of the input; its types don't know.
    super({ ...args, noiseShape: WHOLE_MAPS as number[] });
    checkLayerArgs(this, args);
    checkChannelsLast(this, args);
    this.inputSpec = [{ ndim: 4 }];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { noiseShape: _, seed, ...config } = super.getConfig();
    return { ...config, seed: seed ?? null };
  }
}
defineLayer(SpatialDropout2D, {
  keras: ['rate', 'seed', 'data_format'],
  inTfjs: (layer) => {
    const { rate, seed } = layer.getConfig();
    return { className: 'Dropout', settings: { rate, seed, noise_shape: WHOLE_MAPS } };
  },
  needs: ['rate'],
  withoutTrainable: true,
  oneGraph: true,
});

/**
 * A layer that drops whole channels in training.
 *
 * @example
 * layers.spatialDropout2d({ rate: 0.2 });
 */
export function spatialDropout2d(args: SpatialDropout2DArgs): SpatialDropout2D {
  return new SpatialDropout2D(args);
}
