import * as tf from '@tensorflow/tfjs-node';
import { applications, layers } from 'thaw';

export const imageSize: [number, number] = [180, 180];
export const inputShape: [number, number, number] = [...imageSize, 3];

/** The chapter's augmentation. */
export const augmentation = () => [
  layers.randomFlip({ mode: 'horizontal', seed: 1 }),
  layers.randomRotation({ factor: 0.1, seed: 1 }),
  layers.randomZoom({ heightFactor: 0.2, seed: 1 }),
];

/** The chapter's head on `x`. */
export function withHead(x: tf.SymbolicTensor): tf.SymbolicTensor {
  const head = [
    tf.layers.flatten(),
    tf.layers.dense({ units: 256 }),
    tf.layers.dropout({ rate: 0.5 }),
    tf.layers.dense({ units: 1, activation: 'sigmoid' }),
  ];
  return head.reduce((input, layer) => layer.apply(input) as tf.SymbolicTensor, x);
}

export function compile(model: tf.LayersModel, learningRate: number): tf.LayersModel {
  model.compile({ optimizer: tf.train.rmsprop(learningRate), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** VGG16 without its top, all of it frozen. */
export async function frozenBase(): Promise<tf.LayersModel> {
  const convBase = await applications.vgg16({ includeTop: false, inputShape });
  convBase.trainable = false;
  return convBase;
}

/** What gives the chapter's first stage its features. */
export function extractor(convBase: tf.LayersModel): tf.LayersModel {
  const inputs = tf.input({ shape: inputShape });
  return tf.model({ inputs, outputs: convBase.apply(applications.vgg16.preprocessInput(inputs)) as tf.SymbolicTensor });
}

/** The whole model of the second stage, whose base is frozen. */
export function endToEnd(convBase: tf.LayersModel): tf.LayersModel {
  const inputs = tf.input({ shape: inputShape });
  const augmented = augmentation().reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
  const maps = convBase.apply(applications.vgg16.preprocessInput(augmented)) as tf.SymbolicTensor;
  return compile(tf.model({ inputs, outputs: withHead(maps) }), 0.001);
}

/** Thaws the last four layers of the base, as in the third stage. */
export function thaw(model: tf.LayersModel): tf.LayersModel {
  const convBase = model.getLayer('vgg16') as tf.LayersModel;
  convBase.trainable = true;
  for (const layer of convBase.layers.slice(0, -4)) layer.trainable = false;
  return compile(model, 1e-5);
}
