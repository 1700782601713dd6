import * as tf from './raw';

/*
 * Classes of tfjs's that Thaw's layers derive from: tfjs exports what makes them only.
 */

type Layer = tf.layers.Layer;
type Pair = [number, number];

/** A class of layers, with members that tfjs's types hide. */
export type StockClass<Args, Members> = (new (
  args: Args,
) => Layer & Members) &
  Pick<tf.serialization.SerializableConstructor<Layer>, 'fromConfig'>;

const classOf = <Class>(layer: Layer) => layer.constructor as Class;

/** What a convolution of tfjs's is made of. */
export interface Convolution {
  readonly filters: number;
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: 'same' | 'valid';
  readonly dilationRate: Pair;
  readonly kernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
  readonly activation: { apply(x: tf.Tensor): tf.Tensor } | null;
}

type Conv2D = StockClass<Parameters<typeof tf.layers.conv2d>[0], Convolution>;

/** tfjs's Conv2D. */
export const StockConv2D: Conv2D = classOf(tf.layers.conv2d({ filters: 1, kernelSize: 1 }));

/** tfjs's Conv2DTranspose. */
export const StockConv2DTranspose: Conv2D = classOf(tf.layers.conv2dTranspose({ filters: 1, kernelSize: 1 }));

/** tfjs's LayerNormalization. */
export const StockLayerNormalization: StockClass<
  Parameters<typeof tf.layers.layerNormalization>[0],
  {
    readonly axis: number | number[];
    readonly epsilon: number;
    readonly gamma: tf.LayerVariable | null;
    readonly beta: tf.LayerVariable | null;
  }
> = classOf(tf.layers.layerNormalization());

/** tfjs's Dropout. */
export const StockDropout: StockClass<Parameters<typeof tf.layers.dropout>[0], object> = classOf(
  tf.layers.dropout({ rate: 0 }),
);
