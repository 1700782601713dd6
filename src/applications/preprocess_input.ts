import * as tf from '../tf';

/** Turns pictures [..., 3], values from 0 to 255, into what a network was trained on. */
export type PreprocessInput = <T extends tf.Tensor | tf.SymbolicTensor>(x: T) => T;

/** ImageNet's mean of each channel: blue first, of 0 to 255. */
const BGR_MEANS = [103.939, 116.779, 123.68];
/** ImageNet's mean and standard deviation of each channel: red first, of 0 to 1. */
const RGB_MEANS = [0.485, 0.456, 0.406];
const RGB_DEVIATIONS = [0.229, 0.224, 0.225];

const diagonal = ([red, green, blue]: number[]) => [red!, 0, 0, 0, green!, 0, 0, 0, blue!];

/** What each mode does to a tensor, and the kernel [in, out] and bias of the 1×1 convolution that does the same. */
const MODES = {
  caffe: {
    apply: (x: tf.Tensor) => x.reverse(-1).toFloat().sub(BGR_MEANS),
    kernel: [0, 0, 1, 0, 1, 0, 1, 0, 0],
    bias: BGR_MEANS.map((mean) => -mean),
  },
  tf: {
    apply: (x: tf.Tensor) => x.toFloat().div(127.5).sub(1),
    kernel: diagonal([1, 1, 1].map((one) => one / 127.5)),
    bias: [-1, -1, -1],
  },
  torch: {
    apply: (x: tf.Tensor) => x.toFloat().div(255).sub(RGB_MEANS).div(RGB_DEVIATIONS),
    kernel: diagonal(RGB_DEVIATIONS.map((deviation) => 1 / (255 * deviation))),
    bias: RGB_MEANS.map((mean, channel) => -mean / RGB_DEVIATIONS[channel]!),
  },
};

/** A frozen convolution, since every Keras can read one. */
function preprocessLayer(x: tf.SymbolicTensor, mode: keyof typeof MODES): tf.SymbolicTensor {
  const { kernel, bias } = MODES[mode];
  const layer = tf.layers.conv2d({ name: 'preprocess_input', filters: 3, kernelSize: 1, kernelInitializer: 'zeros' });
  const output = layer.apply(x) as tf.SymbolicTensor;
  tf.tidy(() => layer.setWeights([tf.tensor(kernel, [1, 1, 3, 3]), tf.tensor(bias)]));
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
 */
export function preprocessInput(mode: keyof typeof MODES | 'none'): PreprocessInput {
  if (mode === 'none') {
    return <T extends tf.Tensor | tf.SymbolicTensor>(x: T) => (x instanceof tf.SymbolicTensor ? x : x.toFloat()) as T;
  }
  return <T extends tf.Tensor | tf.SymbolicTensor>(x: T) =>
    (x instanceof tf.SymbolicTensor ? preprocessLayer(x, mode) : tf.tidy(() => MODES[mode].apply(x))) as T;
}
