import { applications, layers, utils } from '../../src';
import * as tf from '../../src/tf';

export const SIZE: [number, number] = [64, 64];

export function compile(model: tf.LayersModel, rate = 1e-4): void {
  model.compile({ optimizer: tf.train.rmsprop(rate), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
}

/** The pictures in a folder with labels, as the bank's tests take them. */
export function pictures(directory: string, shuffle: boolean, imageSize = SIZE) {
  return utils.imageDatasetFromDirectory(directory, { imageSize, batchSize: 8, shuffle, seed: 1, labelMode: 'binary' });
}

/** A model from pictures to a probability on a frozen base: the chapter's, but smaller. Its first weights are seeded. */
export function build(
  convBase: tf.LayersModel,
  { augmented = true, dropout = 0, rate = 1e-4, seed = 1 as number | null } = {},
): tf.LayersModel {
  convBase.trainable = false;
  const inputs = tf.input({ shape: [...SIZE, 3] });
  const augmentation = [
    layers.randomFlip({ name: 'random_flip', mode: 'horizontal', seed }),
    layers.randomRotation({ factor: 0.1, seed }),
    layers.randomZoom({ heightFactor: 0.2, seed }),
  ];
  const initializer = (initializerSeed: number) => tf.initializers.glorotUniform({ seed: initializerSeed });
  const head = [
    tf.layers.flatten(),
    tf.layers.dense({ units: 16, kernelInitializer: initializer(2) }),
    tf.layers.dropout({ rate: dropout }),
    tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: initializer(3) }),
  ];
  const apply = (x: tf.SymbolicTensor, layer: tf.layers.Layer) => layer.apply(x) as tf.SymbolicTensor;
  const preprocessed = applications.vgg16.preprocessInput((augmented ? augmentation : []).reduce(apply, inputs));
  const model = tf.model({ inputs, outputs: [convBase, ...head].reduce(apply, preprocessed) });
  compile(model, rate);
  return model;
}
