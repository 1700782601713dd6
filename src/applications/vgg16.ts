import { existsSync } from 'node:fs';
import { loadWeights } from '../models/saving/load_weights';
import * as tf from '../tf';
import { imagenetWeights } from './imagenet_weights';
import { type ImageShape, obtainInputShape } from './obtain_input_shape';

/** The arguments of `vgg16`. */
export interface Vgg16Args {
  /** 'imagenet', null for random weights, or the path of a Keras HDF5 file. Defaults to 'imagenet'. */
  weights?: 'imagenet' | (string & {}) | null;
  /** Whether to end in the three dense layers that classify. Defaults to true. */
  includeTop?: boolean;
  /** Height, width and channels. Defaults to [224, 224, 3] with the top, to any size without. */
  inputShape?: ImageShape;
  /** Without the top: pool the last feature maps to one number each. Defaults to no pooling. */
  pooling?: 'avg' | 'max';
  /** With the top: how many classes. Defaults to 1000. */
  classes?: number;
  /** Seed of the random weights when `weights` is null. Defaults to 0. */
  seed?: number;
}

/**
 * VGG16, a convnet of 13 convolutions and 3 dense layers, layer by layer named as in Keras.
 *
 * Takes pictures [batch, height, width, 3] from `vgg16.preprocessInput`; gives [batch, height / 32, width / 32, 512]
 * without the top, [batch, 512] when pooled, [batch, classes] with the top. Mirrors `keras.applications.VGG16`.
 * Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition (2015).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 *
 * @example
 * const convBase = await vgg16({ weights: 'imagenet', includeTop: false, inputShape: [180, 180, 3] });
 */
export async function vgg16(args: Vgg16Args = {}): Promise<tf.LayersModel> {
  const { weights = 'imagenet', includeTop = true, pooling, classes = 1000, seed = 0 } = args;
  if (weights !== 'imagenet' && weights !== null && !existsSync(weights)) {
    throw new Error(
      'The `weights` argument should be either null (random initialization), ' +
        "'imagenet' (pre-training on ImageNet), or the path to the weights file to be loaded. " +
        `Received: weights=${weights}`,
    );
  }
  if (weights === 'imagenet' && includeTop && classes !== 1000) {
    throw new Error(
      "If using `weights: 'imagenet'` with `includeTop: true`, `classes` should be 1000. " +
        `Received: classes=${classes}`,
    );
  }
  if (pooling !== undefined && pooling !== 'avg' && pooling !== 'max') {
    throw new Error(`The \`pooling\` argument should be 'avg', 'max' or undefined. Received: pooling=${pooling}`);
  }
  const shape = obtainInputShape({
    ...(args.inputShape && { inputShape: args.inputShape }),
    defaultSize: 224,
    minSize: 32,
    requireFlatten: includeTop,
    weights,
  });

  // Drawing millions of random numbers takes seconds: zeros where weights are loaded over them.
  let drawn = 0;
  const initializer = () =>
    weights === null ? tf.initializers.glorotUniform({ seed: seed + drawn++ }) : tf.initializers.zeros();
  const conv = (x: tf.SymbolicTensor, name: string, filters: number) =>
    tf.layers
      .conv2d({ name, filters, kernelSize: 3, activation: 'relu', padding: 'same', kernelInitializer: initializer() })
      .apply(x) as tf.SymbolicTensor;
  const pool = (x: tf.SymbolicTensor, name: string) =>
    tf.layers.maxPooling2d({ name, poolSize: 2, strides: 2 }).apply(x) as tf.SymbolicTensor;
  const dense = (x: tf.SymbolicTensor, name: string, units: number, activation: 'relu' | 'softmax') =>
    tf.layers.dense({ name, units, activation, kernelInitializer: initializer() }).apply(x) as tf.SymbolicTensor;

  const inputs = tf.input({ shape, name: 'input_layer' });

  // Block 1
  let x = conv(inputs, 'block1_conv1', 64);
  x = conv(x, 'block1_conv2', 64);
  x = pool(x, 'block1_pool');

  // Block 2
  x = conv(x, 'block2_conv1', 128);
  x = conv(x, 'block2_conv2', 128);
  x = pool(x, 'block2_pool');

  // Block 3
  x = conv(x, 'block3_conv1', 256);
  x = conv(x, 'block3_conv2', 256);
  x = conv(x, 'block3_conv3', 256);
  x = pool(x, 'block3_pool');

  // Block 4
  x = conv(x, 'block4_conv1', 512);
  x = conv(x, 'block4_conv2', 512);
  x = conv(x, 'block4_conv3', 512);
  x = pool(x, 'block4_pool');

  // Block 5
  x = conv(x, 'block5_conv1', 512);
  x = conv(x, 'block5_conv2', 512);
  x = conv(x, 'block5_conv3', 512);
  x = pool(x, 'block5_pool');

  if (includeTop) {
    // Classification block
    x = tf.layers.flatten({ name: 'flatten' }).apply(x) as tf.SymbolicTensor;
    x = dense(x, 'fc1', 4096, 'relu');
    x = dense(x, 'fc2', 4096, 'relu');
    x = dense(x, 'predictions', classes, 'softmax');
  } else if (pooling === 'avg') {
    x = tf.layers.globalAveragePooling2d({ name: 'global_average_pooling2d' }).apply(x) as tf.SymbolicTensor;
  } else if (pooling === 'max') {
    x = tf.layers.globalMaxPooling2d({ name: 'global_max_pooling2d' }).apply(x) as tf.SymbolicTensor;
  }

  const model = tf.model({ inputs, outputs: x, name: 'vgg16' });
  if (weights !== null) {
    const path = weights === 'imagenet' ? await imagenetWeights(includeTop ? 'vgg16' : 'vgg16_notop') : weights;
    try {
      await loadWeights(model, path);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }
  return model;
}

/** What VGG16 was trained on: each channel less its mean over ImageNet, blue first. */
const MEANS = [103.939, 116.779, 123.68];

/** The same as a layer of the model: a frozen convolution, since every Keras can read one. */
function preprocessLayer(x: tf.SymbolicTensor): tf.SymbolicTensor {
  const layer = tf.layers.conv2d({ name: 'preprocess_input', filters: 3, kernelSize: 1, kernelInitializer: 'zeros' });
  const output = layer.apply(x) as tf.SymbolicTensor;
  const blueFirst = [0, 0, 1, 0, 1, 0, 1, 0, 0];
  tf.tidy(() => layer.setWeights([tf.tensor(blueFirst, [1, 1, 3, 3]), tf.tensor(MEANS.map((mean) => -mean))]));
  layer.trainable = false;
  return output;
}

/**
 * Turns pictures into what VGG16 was trained on: RGB to BGR, and each channel centred on ImageNet's mean, not scaled.
 * Takes and gives [..., 3]; values from 0 to 255. Given a model's symbolic tensor [batch, height, width, 3], adds a frozen
 * layer named `preprocess_input` to the model. Mirrors `keras.applications.vgg16.preprocess_input`.
 */
vgg16.preprocessInput = <T extends tf.Tensor | tf.SymbolicTensor>(x: T): T =>
  (x instanceof tf.SymbolicTensor ? preprocessLayer(x) : tf.tidy(() => x.reverse(-1).toFloat().sub(MEANS))) as T;
