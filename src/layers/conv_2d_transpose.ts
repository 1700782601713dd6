import * as tf from '../tf';
import { defineLayer } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { dilate } from '../tfjs/separable_conv_2d';
import { StockConv2DTranspose } from '../tfjs/stock_classes';
import { STOCK_LAYERS } from '../tfjs/stock_layers';
import { checkChannelsLast, checkLayerArgs } from './layer_args';

type StockArgs = Parameters<typeof tf.layers.conv2dTranspose>[0];

/** The arguments of `conv2dTranspose`: those of tfjs's own. */
export interface Conv2DTransposeArgs extends StockArgs {
  /** How many rows and columns are added to the least output. Defaults to null: as many as the stride asks for. */
  outputPadding?: number | [height: number, width: number] | null;
}

/**
 * A transposed convolution; tfjs's own knows neither `outputPadding` nor dilation. Takes maps [batch, height, width, channels];
 * gives [batch, larger height, larger width, filters]. Source: `keras.layers.Conv2DTranspose`.
 */
export class Conv2DTranspose extends StockConv2DTranspose {
  /** Its name in files of models. */
  static readonly className = 'Conv2DTranspose';
  private readonly outputPadding: number[] | null;

  /** @throws Error when an argument is unknown. */
  constructor(args: Conv2DTransposeArgs) {
    super(args);
    checkLayerArgs(this, args, ['kernelConstraint', 'biasConstraint', 'activityRegularizer']);
    checkChannelsLast(this, args);
    const { outputPadding = null } = args;
    this.outputPadding = typeof outputPadding === 'number' ? [outputPadding, outputPadding] : outputPadding;
  }

  /** Mirrors `compute_conv_transpose_output_shape` of keras/src/backend/common/backend_utils.py. */
  private outputSize(axis: 0 | 1, size: number | null | undefined): number | null {
    if (!size) return null;
    const stride = this.strides[axis];
    const kernel = (this.kernelSize[axis] - 1) * this.dilationRate[axis] + 1;
    const padding = this.outputPadding?.[axis];
    if (this.padding === 'valid') return (size - 1) * stride + kernel + (padding ?? Math.max(stride - kernel, 0));
    return padding === undefined ? size * stride : (size - 1) * stride + (kernel % 2) + padding;
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    const [batch, height, width] = inputShape;
    return [batch!, this.outputSize(0, height), this.outputSize(1, width), this.filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = [inputs].flat()[0] as tf.Tensor4D;
      const kernel = dilate(this.kernel.read(), this.dilationRate) as tf.Tensor4D;
      const shape = this.computeOutputShape(input.shape) as [number, number, number, number];
      const maps = tf.conv2dTranspose(input, kernel, shape, this.strides, this.padding);
      const sum = this.bias ? tf.add(maps, this.bias.read()) : maps;
      return this.activation ? this.activation.apply(sum) : sum;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { dilationRate, outputPadding } = this;
    // As tfjs's own where it does the same, but that this one leaves out the dilation.
    return { ...super.getConfig(), dilationRate, ...(outputPadding && { outputPadding }) };
  }
}
defineLayer(Conv2DTranspose, {
  keras: [...STOCK_LAYERS.Conv2D!.keras!, 'output_padding'],
  inTfjs: (layer) => {
    const { outputPadding, dilationRate } = layer.getConfig();
    const isDilated = [dilationRate].flat().some((rate) => rate !== 1);
    if (!outputPadding && !isDilated) return 'itself';
    throw notInTfjs(layer, 'has an output padding or is dilated');
  },
  oneGraph: true,
});

/**
 * A layer that convolves maps the other way round: to larger ones.
 *
 * @example
 * layers.conv2dTranspose({ filters: 16, kernelSize: 3, strides: 2, padding: 'same', outputPadding: 1 });
 */
export function conv2dTranspose(args: Conv2DTransposeArgs): Conv2DTranspose {
  return new Conv2DTranspose(args);
}
