import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `layerScale`, besides those of every layer, such as `name`. */
export interface LayerScaleArgs extends LayerArgs {
  /** What each channel is multiplied by at first. */
  initValues: number;
  /** How many channels there are. */
  projectionDim: number;
}

/**
 * Multiplies each channel, the last axis, by a weight; gives the shape that it takes. Source: `LayerScale` of
 * keras/src/applications/convnext.py.
 */
export class LayerScale extends tf.layers.Layer {
  /** Its name in files of models. */
  static readonly className = 'LayerScale';
  private readonly initValues: number;
  private readonly projectionDim: number;
  private gamma: tf.LayerVariable | undefined;

  /** @throws Error when an argument is unknown. */
  constructor(args: LayerScaleArgs) {
    super(args);
    checkLayerArgs(this, args);
    this.initValues = args.initValues;
    this.projectionDim = args.projectionDim;
  }

  override build(inputShape: tf.Shape): void {
    const value = tf.initializers.constant({ value: this.initValues });
    this.gamma = this.addWeight('gamma', [this.projectionDim], 'float32', value);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0]!, this.gamma!.read());
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), initValues: this.initValues, projectionDim: this.projectionDim };
  }
}
defineLayer(LayerScale, {
  keras: ['init_values', 'projection_dim'],
  module: 'keras.src.applications.convnext',
  inTfjs: (layer) => {
    throw notInTfjs(layer, 'multiplies each channel by a weight');
  },
  needs: ['init_values', 'projection_dim'],
  oneGraph: true,
});

/**
 * A layer that multiplies each channel by a weight, as in a ConvNeXt.
 *
 * @example
 * layers.layerScale({ initValues: 1e-6, projectionDim: 96 });
 */
export function layerScale(args: LayerScaleArgs): LayerScale {
  return new LayerScale(args);
}
