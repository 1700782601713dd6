import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `stochasticDepth`, besides those of every layer, such as `name`. */
export interface StochasticDepthArgs extends LayerArgs {
  /** The share of the samples that are dropped, from 0 to less than 1. */
  dropPathRate: number;
}

/**
 * Drops whole samples in training, and scales up the others so that the sum stays; else gives what it takes. Draws from
 * `Math.random`. Source: `StochasticDepth` of keras/src/applications/convnext.py.
 */
export class StochasticDepth extends tf.layers.Layer {
  /** Its name in files of models. */
  static readonly className = 'StochasticDepth';
  private readonly dropPathRate: number;

  /** @throws Error when an argument is unknown. */
  constructor(args: StochasticDepthArgs) {
    super(args);
    checkLayerArgs(this, args);
    this.dropPathRate = args.dropPathRate;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const input = [inputs].flat()[0]!;
      if (!training) return input;
      const kept = Array.from({ length: input.shape[0]! }, () => Number(Math.random() >= this.dropPathRate));
      const shape = input.shape.map((size, axis) => (axis === 0 ? size : 1));
      return tf.mul(input, tf.tensor(kept, shape).div(1 - this.dropPathRate));
    });
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), dropPathRate: this.dropPathRate };
  }
}
defineLayer(StochasticDepth, {
  keras: ['drop_path_rate'],
  module: 'keras.src.applications.convnext',
  inTfjs: 'identity',
  needs: ['drop_path_rate'],
  oneGraph: true,
});

/**
 * A layer that drops whole samples in training, as in a ConvNeXt.
 *
 * @example
 * layers.stochasticDepth({ dropPathRate: 0.1 });
 */
export function stochasticDepth(args: StochasticDepthArgs): StochasticDepth {
  return new StochasticDepth(args);
}
