import * as tf from '../tf';
import { defineLayer, layerRecord } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { StockLayerNormalization } from '../tfjs/stock_classes';
import { shown } from '../utils/shown';
import { checkLayerArgs } from './layer_args';

type LayerNormalizationArgs = NonNullable<Parameters<typeof tf.layers.layerNormalization>[0]>;

/** The arguments of `groupNormalization`: those of tfjs's LayerNormalization, one axis only. */
export interface GroupNormalizationArgs extends LayerNormalizationArgs {
  /** How many groups the channels are split into; -1 for one a channel. Defaults to 32. */
  groups?: number;
  /** The axis of the channels. Defaults to -1. */
  axis?: number;
}

/**
 * Subtracts from each group of channels its mean and divides by the root of its variance, over all but the batch's axis;
 * then scales and shifts each channel. Gives the shape that it takes. Source: `keras.layers.GroupNormalization`.
 */
export class GroupNormalization extends StockLayerNormalization {
  /** Its name in files of models. */
  static readonly className = 'GroupNormalization';
  private readonly groups: number;

  /** @throws Error when an argument is unknown. */
  constructor(args: GroupNormalizationArgs) {
    super(args);
    checkLayerArgs(this, args);
    this.groups = args.groups ?? 32;
  }

  /** @throws Error when the channels are unknown, or can't be split into so many groups. */
  override build(inputShape: tf.Shape | tf.Shape[]): void {
    super.build(inputShape);
    const channels = ([inputShape].flat(2) as tf.Shape)[this.channelAxis];
    if (!channels || channels % this.groupsOf(channels) !== 0) {
      throw new Error(
        `Expected the channels of the layer '${shown(this.name)}' to be a multiple of its groups. ` +
          `Received: groups=${this.groups}, channels=${channels}`,
      );
    }
  }

  private get channelAxis(): number {
    return [this.axis].flat()[0]!;
  }

  private groupsOf(channels: number): number {
    return this.groups === -1 ? channels : this.groups;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = [inputs].flat()[0]!;
      const at = this.channelAxis;
      const channels = input.shape[at]!;
      const groups = this.groupsOf(channels);
      const inGroups = (sizes: number[]) => [...sizes.slice(0, at), groups, channels / groups, ...sizes.slice(at + 1)];
      const grouped = input.reshape(inGroups(input.shape));
      const axes = [...grouped.shape.keys()].filter((axis) => axis !== 0 && axis !== at);
      const each = (weight: tf.LayerVariable) => weight.read().reshape(inGroups(input.shape.map(() => 1)));
      const centred = grouped.sub(grouped.mean(axes, true));
      const inverse = centred.square().mean(axes, true).add(this.epsilon).rsqrt();
      const normal = centred.mul(this.gamma ? inverse.mul(each(this.gamma)) : inverse);
      return (this.beta ? normal.add(each(this.beta)) : normal).reshape(input.shape);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), axis: this.channelAxis, groups: this.groups };
  }
}
defineLayer(GroupNormalization, {
  keras: [...layerRecord('LayerNormalization')!.keras!, 'groups'],
  inTfjs: (layer) => {
    throw notInTfjs(layer, 'normalises groups of channels');
  },
  oneGraph: true,
});

/**
 * A layer that normalises groups of channels.
 *
 * @throws Error, later, when the channels can't be split into so many groups.
 * @example
 * layers.groupNormalization({ groups: 8 });
 */
export function groupNormalization(args: GroupNormalizationArgs = {}): GroupNormalization {
  return new GroupNormalization(args);
}
