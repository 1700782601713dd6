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

/** Without a name these layers would take the first `conv2d` and so on from those who import Thaw. */
const name = 'stock';

const classOf = <Class>(layer: Layer) => layer.constructor as Class;

/** What a convolution of tfjs's is made of. */
export interface Convolution {
  /**
   * How many maps it gives.
   *
   * @internal
   */
  readonly filters: number;
  /**
   * Height and width of the kernel.
   *
   * @internal
   */
  readonly kernelSize: Pair;
  /**
   * By how much it steps, down and across.
   *
   * @internal
   */
  readonly strides: Pair;
  /**
   * Whether it pads its input.
   *
   * @internal
   */
  readonly padding: 'same' | 'valid';
  /**
   * How far the weights of the kernel are apart, down and across.
   *
   * @internal
   */
  readonly dilationRate: Pair;
  /**
   * The weight that it convolves with.
   *
   * @internal
   */
  readonly kernel: tf.LayerVariable;
  /**
   * The weight that it adds.
   *
   * @internal
   */
  readonly bias: tf.LayerVariable | null;
  /**
   * What it ends in.
   *
   * @internal
   */
  readonly activation: { apply(x: tf.Tensor): tf.Tensor } | null;
}

type Conv2D = StockClass<Parameters<typeof tf.layers.conv2d>[0], Convolution>;

/** tfjs's Conv2D. */
export const StockConv2D: Conv2D = classOf(tf.layers.conv2d({ name, filters: 1, kernelSize: 1 }));

/** tfjs's Conv2DTranspose. */
export const StockConv2DTranspose: Conv2D = classOf(tf.layers.conv2dTranspose({ name, filters: 1, kernelSize: 1 }));

/** tfjs's LayerNormalization. */
export const StockLayerNormalization: StockClass<
  Parameters<typeof tf.layers.layerNormalization>[0],
  {
    /**
     * The axes that are normalised.
     *
     * @internal
     */
    readonly axis: number | number[];
    /**
     * What is added to the variance.
     *
     * @internal
     */
    readonly epsilon: number;
    /**
     * The weight that it scales by.
     *
     * @internal
     */
    readonly gamma: tf.LayerVariable | null;
    /**
     * The weight that it shifts by.
     *
     * @internal
     */
    readonly beta: tf.LayerVariable | null;
  }
> = classOf(tf.layers.layerNormalization({ name }));

/** tfjs's Dropout. */
export const StockDropout: StockClass<Parameters<typeof tf.layers.dropout>[0], object> = classOf(
  tf.layers.dropout({ name, rate: 0 }),
);
