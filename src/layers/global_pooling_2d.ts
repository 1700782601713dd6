import * as tf from '../tf';

type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** The arguments of `globalAveragePooling2d` and `globalMaxPooling2d`, besides those of every layer, such as `name`. */
export interface GlobalPooling2DArgs extends LayerArgs {
  /** Whether height and width stay, each 1. Defaults to false. */
  keepdims?: boolean;
}

/** Takes maps [batch, height, width, channels]; gives [batch, channels], or [batch, 1, 1, channels] with `keepdims`. */
abstract class GlobalPooling2D extends tf.layers.Layer {
  protected readonly keepdims: boolean;

  constructor(args: GlobalPooling2DArgs) {
    super(args);
    this.keepdims = args.keepdims ?? false;
    this.inputSpec = [{ ndim: 4 }];
    if ('dataFormat' in args && args.dataFormat === 'channelsFirst') {
      throw new Error(`The layer '${this.name}' takes channels last only. Received: dataFormat=channelsFirst`);
    }
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    const [batch, , , channels] = inputShape;
    return this.keepdims ? [batch!, 1, 1, channels!] : [batch!, channels!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    // As tfjs's own where it does the same.
    return { ...super.getConfig(), dataFormat: 'channelsLast', ...(this.keepdims && { keepdims: true }) };
  }
}

/** The mean of each channel; tfjs's own has no `keepdims`. Source: `keras.layers.GlobalAveragePooling2D`. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  static readonly className = 'GlobalAveragePooling2D';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0]!.mean([1, 2], this.keepdims);
  }
}
tf.serialization.registerClass(GlobalAveragePooling2D);

/** The greatest value of each channel; tfjs's own has no `keepdims`. Source: `keras.layers.GlobalMaxPooling2D`. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  static readonly className = 'GlobalMaxPooling2D';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0]!.max([1, 2], this.keepdims);
  }
}
tf.serialization.registerClass(GlobalMaxPooling2D);

/**
 * A layer that takes the mean of each channel.
 *
 * @example
 * layers.globalAveragePooling2d({ keepdims: true });
 */
export function globalAveragePooling2d(args: GlobalPooling2DArgs = {}): GlobalAveragePooling2D {
  return new GlobalAveragePooling2D(args);
}

/**
 * A layer that takes the greatest value of each channel.
 *
 * @example
 * layers.globalMaxPooling2d({ keepdims: true });
 */
export function globalMaxPooling2d(args: GlobalPooling2DArgs = {}): GlobalMaxPooling2D {
  return new GlobalMaxPooling2D(args);
}
