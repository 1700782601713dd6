import { vgg16 } from '../../src/applications/vgg';
import * as layers from '../../src/layers';
import * as tf from '../../src/tf';

type Symbolic = tf.SymbolicTensor;
const connect = (x: Symbolic, layer: tf.layers.Layer) => layer.apply(x) as Symbolic;
const kernelInitializer = (seed: number) => tf.initializers.glorotUniform({ seed });

const head = (rate: number, first = {}) => [
  tf.layers.flatten({ name: 'flatten', ...first }),
  tf.layers.dense({ name: 'dense', units: 256, kernelInitializer: kernelInitializer(1) }),
  tf.layers.dropout({ name: 'dropout', rate }),
  tf.layers.dense({ name: 'dense_1', units: 1, activation: 'sigmoid', kernelInitializer: kernelInitializer(2) }),
];

/** The chapter's augmentation, named as in chapter_parity_keras.py. */
export const augmentation = () => [
  layers.randomFlip({ name: 'random_flip', mode: 'horizontal', seed: 1 }),
  layers.randomRotation({ name: 'random_rotation', factor: 0.1, seed: 1 }),
  layers.randomZoom({ name: 'random_zoom', heightFactor: 0.2, seed: 1 }),
];

/** The head of feature extraction, on VGG16's features [batch, 5, 5, 512]; `rate` is the dropout's. */
export const onFeatures = (rate: number) =>
  tf.sequential({ name: 'model', layers: head(rate, { inputShape: [5, 5, 512] }) });

/** The model of augmentation and fine-tuning, on pictures [batch, 180, 180, 3], its base frozen. */
export async function onPictures(rate: number, first: tf.layers.Layer[]): Promise<tf.LayersModel> {
  const convBase = await vgg16({ weights: 'imagenet', includeTop: false, inputShape: [180, 180, 3] });
  convBase.trainable = false;
  const inputs = tf.input({ shape: [180, 180, 3], name: 'pictures' });
  const features = connect(vgg16.preprocessInput(first.reduce(connect, inputs)), convBase);
  return tf.model({ inputs, outputs: head(rate).reduce(connect, features), name: 'model' });
}

/** Compiles as the chapter does. */
export function compile(model: tf.LayersModel, learningRate: number): void {
  model.compile({ optimizer: tf.train.rmsprop(learningRate), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
}

/** Thaws the last four layers of a model's base, and compiles it for fine-tuning. */
export function thawBlock5(model: tf.LayersModel): void {
  const convBase = model.getLayer('vgg16') as tf.LayersModel;
  convBase.trainable = true;
  for (const layer of convBase.layers.slice(0, -4)) layer.trainable = false;
  compile(model, 1e-5);
}
