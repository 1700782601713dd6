import * as tf from '../tf';
import type { StandIn } from '../tfjs/layer_record';
import { defineLayer } from '../tfjs/layer_records';
import { shown } from '../utils/shown';
import { checkLayerArgs, type LayerArgs } from './layer_args';

/** The arguments of `normalization`, besides those of every layer, such as `name`. */
export interface NormalizationArgs extends LayerArgs {
  /** The axis, or axes, whose every index has a mean and variance of its own; null for one of all. Defaults to -1. */
  axis?: number | number[] | null;
  /** The mean: a number, or one for each index of the axes. Defaults to a weight, at first 0. */
  mean?: tf.TensorLike | null;
  /** The variance, shaped as the mean. Defaults to a weight, at first 1. */
  variance?: tf.TensorLike | null;
}

/** The least that is divided by. */
const EPSILON = 1e-7;

/**
 * A layer that subtracts a mean and divides by the root of a variance: both given, or weights that a file brings, which
 * no training moves (there is no `adapt`). Takes any shape and gives float32 of the same. Source: `keras.layers.Normalization`.
 */
export class Normalization extends tf.layers.Layer {
  /** Its name in files of models. */
  static readonly className = 'Normalization';
  private readonly axis: number[];
  private readonly mean: tf.TensorLike | null;
  private readonly variance: tf.TensorLike | null;
  private learned: tf.LayerVariable[] = [];

  /** @throws Error when an argument is unknown, of mean and variance only one is given, or their shapes differ. */
  constructor(args: NormalizationArgs) {
    super(args);
    checkLayerArgs(this, args);
    const { axis = -1, mean = null, variance = null } = args;
    this.axis = axis === null ? [] : [axis].flat();
    this.mean = mean;
    this.variance = variance;
    const shapes = [mean, variance].map((given) => given !== null && tf.tidy(() => tf.tensor(given).shape));
    if (JSON.stringify(shapes[0]) !== JSON.stringify(shapes[1])) {
      throw new Error(
        `Expected \`mean\` and \`variance\` both or neither, of the same shape, in the layer '${shown(this.name)}'. ` +
          `Received: mean=${JSON.stringify(mean)} and variance=${JSON.stringify(variance)}`,
      );
    }
  }

  /** The kept axes of an input of this rank, in order. */
  private kept(rank: number): number[] {
    const kept = this.axis.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
    if (kept.some((axis) => axis < 0 || axis >= rank)) {
      throw new Error(
        `Expected each \`axis\` of the layer '${shown(this.name)}' in the range [-${rank}, ${rank}). Received: axis=${this.axis}`,
      );
    }
    return kept;
  }

  /** @throws Error when an axis is none of the input's, or of unknown size. */
  override build(inputShape: tf.Shape): void {
    const shape = this.kept(inputShape.length).map((axis) => inputShape[axis] ?? null);
    if (shape.includes(null)) {
      throw new Error(
        `Expected the kept axes of the layer '${shown(this.name)}' to have a known size. Received: [${inputShape}]`,
      );
    }
    if (this.mean === null && this.learned.length === 0) {
      // Keras keeps how many samples it has seen, too.
      const weight = (name: string, of: tf.Shape, initializer: 'zeros' | 'ones') =>
        this.addWeight(name, of, 'float32', tf.initializers[initializer](), undefined, false);
      this.learned = [weight('mean', shape, 'zeros'), weight('variance', shape, 'ones'), weight('count', [], 'zeros')];
    }
    super.build(inputShape);
  }

  private statistics(): [mean: tf.Tensor, variance: tf.Tensor] {
    const [mean, variance] = this.learned.map((weight) => weight.read());
    return [mean ?? tf.tensor(this.mean!), variance ?? tf.tensor(this.variance!)];
  }

  /**
   * The constants that a layer of tfjs scales and shifts by to do the same: tfjs has none that keeps a mean and variance.
   *
   * @throws Error when they are those of other axes than the last.
   * @internal
   */
  inTfjs(): StandIn {
    const { rank } = [this.input].flat()[0]!;
    if (this.axis.some((axis) => axis !== -1 && axis !== rank - 1)) {
      throw new Error(
        `The layer '${shown(this.name)}' has a mean and variance for other axes than the last. Received: ${this.axis}`,
      );
    }
    return tf.tidy(() => {
      const [mean, variance] = this.statistics();
      const scale = tf.scalar(1).div(variance.sqrt().maximum(EPSILON));
      const settings = { scale: scale.arraySync(), offset: mean.neg().mul(scale).arraySync() };
      return { className: 'Rescaling', settings };
    });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = [inputs].flat()[0]!.toFloat();
      const kept = this.kept(input.rank);
      const [mean, variance] = this.statistics();
      const broadcast = (values: tf.Tensor) => {
        const sizes = input.shape.map(() => 1);
        // Fewer sizes than axes stand for the last ones.
        for (const [index, size] of values.shape.entries()) sizes[kept.at(index - values.rank)!] = size;
        return values.reshape(sizes);
      };
      return input.sub(broadcast(mean)).div(broadcast(variance).sqrt().maximum(EPSILON));
    });
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const given = { mean: this.mean, variance: this.variance } as tf.serialization.ConfigDict;
    return { ...super.getConfig(), axis: this.axis, ...given };
  }
}
defineLayer(Normalization, {
  keras: ['axis', 'mean', 'variance'],
  inTfjs: (layer) => layer.inTfjs(),
  oneGraph: true,
});

/**
 * A layer that subtracts a mean and divides by the root of a variance.
 *
 * @throws Error when of mean and variance only one is given, or their shapes differ.
 * @example
 * layers.normalization({ mean: [123.68, 116.78, 103.94], variance: [3409.8, 3262.7, 3292.6] });
 */
export function normalization(args: NormalizationArgs = {}): Normalization {
  return new Normalization(args);
}
