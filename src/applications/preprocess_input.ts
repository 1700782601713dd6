import * as tf from '../tf';

/** Turns pictures [..., 3], values from 0 to 255, into what a network was trained on. */
export type PreprocessInput = <T extends tf.Tensor | tf.SymbolicTensor>(x: T) => T;

/** ImageNet's mean of each channel: blue first, of 0 to 255. */
const BGR_MEANS = [103.939, 116.779, 123.68];
/** ImageNet's mean and standard deviation of each channel: red first, of 0 to 1. */
export const RGB_MEANS = [0.485, 0.456, 0.406];
export const RGB_DEVIATIONS = [0.229, 0.224, 0.225];

const TORCH_FACTORS = RGB_DEVIATIONS.map((deviation) => 1 / (255 * deviation));

const diagonal = (values: number[]) =>
  values.flatMap((value, input) => values.map((_, output) => (input === output ? value : 0)));

interface Mode {
  /** How many channels it takes, as Keras's does, where it isn't any number. */
  channels?: number[];
  apply: (x: tf.Tensor) => tf.Tensor;
  /** The kernel [in, out] and the bias of the 1×1 convolution that does the same to so many channels. */
  convolution: (channels: number) => { kernel: number[]; bias: number[] };
}

/** What each mode does. */
const MODES = {
  caffe: {
    channels: [3],
    apply: (x) => x.reverse(-1).toFloat().sub(BGR_MEANS),
    convolution: () => ({ kernel: [0, 0, 1, 0, 1, 0, 1, 0, 0], bias: BGR_MEANS.map((mean) => -mean) }),
  },
  tf: {
    apply: (x) => x.toFloat().div(127.5).sub(1),
    convolution: (channels) => ({
      kernel: diagonal(Array<number>(channels).fill(1 / 127.5)),
      bias: Array<number>(channels).fill(-1),
    }),
  },
  torch: {
    // Of one channel it makes three.
    channels: [1, 3],
    apply: (x) => x.toFloat().div(255).sub(RGB_MEANS).div(RGB_DEVIATIONS),
    convolution: (channels) => ({
      kernel: channels === 1 ? TORCH_FACTORS : diagonal(TORCH_FACTORS),
      bias: RGB_MEANS.map((mean, channel) => -mean / RGB_DEVIATIONS[channel]!),
    }),
  },
} satisfies Record<string, Mode>;

/** @throws Error when the network was trained on another number of channels. */
function channelsOf({ shape }: tf.Tensor | tf.SymbolicTensor, { channels: taken }: Mode): number {
  const channels = shape.at(-1);
  if (!channels || (taken && !taken.includes(channels))) {
    throw new Error(
      `\`preprocessInput\` of this network expects pictures [..., channels] of ${taken?.join(' or ') ?? 'a known number of'} ` +
        `channels. Received: the shape ${JSON.stringify(shape)}. ` +
        'Give it pictures in red, green and blue: `tf.concat([x, x, x], -1)` makes them of one channel.',
    );
  }
  return channels;
}

/** A frozen convolution, since every Keras can read one. */
function preprocessLayer(x: tf.SymbolicTensor, mode: Mode): tf.SymbolicTensor {
  const channels = channelsOf(x, mode);
  const { kernel, bias } = mode.convolution(channels);
  const filters = bias.length;
  const layer = tf.layers.conv2d({ name: 'preprocess_input', filters, kernelSize: 1, kernelInitializer: 'zeros' });
  const output = layer.apply(x) as tf.SymbolicTensor;
  tf.tidy(() => layer.setWeights([tf.tensor(kernel, [1, 1, channels, filters]), tf.tensor(bias)]));
  layer.trainable = false;
  return output;
}

/**
 * The `preprocessInput` of a network. It takes and gives [..., 3]; given a model's symbolic tensor [batch, height, width,
 * 3], it adds a frozen layer named `preprocess_input` to the model. Mirrors
 * `keras.src.applications.imagenet_utils.preprocess_input`.
 *
 * @param mode What the network was trained on. `caffe`: RGB to BGR, each channel centred on ImageNet's mean, not scaled;
 *   `tf`: scaled to -1 to 1; `torch`: scaled to 0 to 1, then each channel normalized by ImageNet's mean and standard
 *   deviation; `none`: the pictures as they are, where the network has layers of its own for that.
 * @returns a function that throws an Error for pictures of more or fewer channels, but as Keras's takes them: `tf` scales any
 *   number, and `torch` makes three of one.
 */
export function preprocessInput(mode: keyof typeof MODES | 'none'): PreprocessInput {
  if (mode === 'none') {
    return <T extends tf.Tensor | tf.SymbolicTensor>(x: T) => (x instanceof tf.SymbolicTensor ? x : x.toFloat()) as T;
  }
  const known: Mode = MODES[mode];
  return <T extends tf.Tensor | tf.SymbolicTensor>(x: T) => {
    if (x instanceof tf.SymbolicTensor) return preprocessLayer(x, known) as T;
    channelsOf(x, known);
    return tf.tidy(() => known.apply(x)) as T;
  };
}
