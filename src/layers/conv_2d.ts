import * as tf from '../tf';
import { defineLayer, layerRecord } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { dilate } from '../tfjs/separable_conv_2d';
import { StockConv2D } from '../tfjs/stock_classes';
import { shown } from '../utils/shown';
import { checkChannelsLast, checkLayerArgs } from './layer_args';

type StockConv2DArgs = Parameters<typeof tf.layers.conv2d>[0];

/** The arguments of `conv2d`: those of tfjs's own. */
export interface Conv2DArgs extends StockConv2DArgs {
  /** How many groups the channels are split into, each with filters of its own. Defaults to 1. */
  groups?: number;
}

/**
 * A convolution whose channels may be split into groups, which tfjs's own lacks. Takes maps [batch, height, width, channels];
 * gives [batch, height, width, filters]. Source: `keras.layers.Conv2D`.
 */
export class Conv2D extends StockConv2D {
  /** Its name in files of models. */
  static readonly className = 'Conv2D';
  private readonly groups: number;

  /** @throws Error when an argument is unknown, or the filters can't be split into so many groups. */
  constructor(args: Conv2DArgs) {
    super(args);
    checkLayerArgs(this, args, ['kernelConstraint', 'biasConstraint', 'activityRegularizer']);
    this.groups = args.groups ?? 1;
    this.checkGroups('filters', this.filters);
    if (this.groups > 1) checkChannelsLast(this, args);
  }

  private checkGroups(name: string, count: number | null | undefined): number {
    if (!count || !(Number.isInteger(this.groups) && this.groups > 0) || count % this.groups !== 0) {
      throw new Error(
        `Expected the ${name} of the layer '${shown(this.name)}' to be a multiple of its groups. ` +
          `Received: groups=${this.groups}, ${name}=${count}`,
      );
    }
    return count;
  }

  /** @throws Error when the channels are unknown, or can't be split into so many groups. */
  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = [inputShape].flat(2) as tf.Shape;
    if (this.groups === 1) {
      super.build(shape);
      return;
    }
    const channels = this.checkGroups('channels', shape.at(-1));
    super.build([...shape.slice(0, -1), channels / this.groups]);
    this.inputSpec = [{ ndim: 4, axes: { 3: channels } }];
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: Parameters<tf.layers.Layer['call']>[1],
  ): tf.Tensor | tf.Tensor[] {
    if (this.groups === 1) return super.call(inputs, kwargs);
    return tf.tidy(() => {
      const maps = this.convolve([inputs].flat()[0] as tf.Tensor4D);
      const sum = this.bias ? tf.add(maps, this.bias.read()) : maps;
      return this.activation ? this.activation.apply(sum) : sum;
    });
  }

  private convolve(x: tf.Tensor4D): tf.Tensor {
    const { groups, strides, padding } = this;
    const kernel = dilate(this.kernel.read(), this.dilationRate) as tf.Tensor4D;
    const [rows, columns, perGroup] = kernel.shape;
    // TensorFlow takes the same step both ways there.
    if (perGroup === 1 && strides[0] === strides[1]) {
      return tf.depthwiseConv2d(x, kernel.reshape([rows, columns, groups, this.filters / groups]), strides, padding);
    }
    const kernels: tf.Tensor4D[] = tf.split(kernel, groups, -1);
    const parts: tf.Tensor4D[] = tf.split(x, groups, -1);
    return tf.concat(
      parts.map((part, index) => tf.conv2d(part, kernels[index]!, strides, padding)),
      -1,
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    // As tfjs's own where it does the same.
    return { ...super.getConfig(), ...(this.groups > 1 && { groups: this.groups }) };
  }
}
const stock = layerRecord('Conv2D')!;
defineLayer(Conv2D, {
  ...stock,
  keras: [...stock.keras!, 'groups'],
  inTfjs: (layer) => {
    if (layer.getConfig().groups === undefined) return 'itself';
    throw notInTfjs(layer, 'convolves groups of channels');
  },
});

/**
 * A layer that convolves maps.
 *
 * @throws Error when the filters, or later the channels, can't be split into so many groups.
 * @example
 * layers.conv2d({ filters: 32, kernelSize: 3, groups: 4 });
 */
export function conv2d(args: Conv2DArgs): Conv2D {
  return new Conv2D(args);
}
