import * as tf from '../tf';
import type { StandIn } from '../tfjs/layer_record';
import { defineLayer } from '../tfjs/layer_records';
import { notInTfjs } from '../tfjs/not_in_tfjs';
import { shown } from '../utils/shown';
import { checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `reLU`, besides those of every layer, such as `name`. */
export interface ReLUArgs extends LayerArgs {
  /** The most that it gives. Defaults to no limit. */
  maxValue?: number | null;
  /** What multiplies values below the threshold, measured from there. Defaults to 0. */
  negativeSlope?: number;
  /** The value above which it gives what it takes. Defaults to 0. */
  threshold?: number;
}

/**
 * A rectified linear unit; tfjs's own has no slope and no threshold. Takes any shape and gives the same. Source:
 * `keras.layers.ReLU`.
 */
export class ReLU extends tf.layers.Layer {
  /** Its name in files of models. */
  static readonly className = 'ReLU';
  private readonly maxValue: number | null;
  private readonly negativeSlope: number;
  private readonly threshold: number;

  /** @throws Error when an argument is unknown or negative. */
  constructor(args: ReLUArgs) {
    super(args);
    checkLayerArgs(this, args);
    this.supportsMasking = true;
    this.maxValue = args.maxValue ?? null;
    this.negativeSlope = args.negativeSlope ?? 0;
    this.threshold = args.threshold ?? 0;
    for (const name of ['maxValue', 'negativeSlope', 'threshold'] as const) {
      if (Number(this[name]) >= 0) continue;
      throw new Error(
        `Expected the ${name} of the layer '${shown(this.name)}' not to be negative. Received: ${this[name]}`,
      );
    }
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = [inputs].flat()[0]!;
      const { maxValue, negativeSlope, threshold } = this;
      if (negativeSlope !== 0 && maxValue === null && threshold === 0) return tf.leakyRelu(input, negativeSlope);
      const positive = this.positive(input);
      if (negativeSlope === 0) return positive;
      return positive.sub(tf.relu(tf.sub(threshold, input)).mul(negativeSlope));
    });
  }

  private positive(input: tf.Tensor): tf.Tensor {
    const { maxValue, threshold } = this;
    if (threshold === 0 && maxValue === 6) return tf.relu6(input);
    const above = threshold === 0 ? tf.relu(input) : input.mul(tf.step(input.sub(threshold)));
    return maxValue === null ? above : above.clipByValue(0, maxValue);
  }

  /**
   * What tfjs by itself has for what it is set to.
   *
   * @throws Error when that is nothing.
   * @internal
   */
  inTfjs(): StandIn | 'itself' {
    const { maxValue, negativeSlope, threshold } = this;
    if (negativeSlope === 0 && threshold === 0) return 'itself';
    if (maxValue === null && threshold === 0) return { className: 'LeakyReLU', settings: { alpha: negativeSlope } };
    if (maxValue === null && negativeSlope === 0) {
      return { className: 'ThresholdedReLU', settings: { theta: threshold } };
    }
    throw notInTfjs(this, 'has more than one of a slope, a threshold and a greatest value');
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { maxValue, negativeSlope, threshold } = this;
    // As tfjs's own where it does the same.
    const more = { ...(negativeSlope > 0 && { negativeSlope }), ...(threshold > 0 && { threshold }) };
    return { ...super.getConfig(), maxValue, ...more };
  }
}
defineLayer(ReLU, {
  keras: ['max_value', 'negative_slope', 'threshold'],
  inTfjs: (layer) => layer.inTfjs(),
  oneGraph: true,
  // Keras 2's ThresholdedReLU says theta.
  fromKeras: ({ threshold, theta }) => ({ threshold: threshold ?? theta }),
});

/**
 * A layer that is a rectified linear unit.
 *
 * @throws Error when an argument is negative.
 * @example
 * layers.reLU({ maxValue: 6, negativeSlope: 0.1 });
 */
export function reLU(args: ReLUArgs = {}): ReLU {
  return new ReLU(args);
}
