import { vgg16 } from '../../src/applications/vgg';
import * as layers from '../../src/layers';
import * as tf from '../../src/tf';
import { setRandomSeed } from '../../src/utils/set_random_seed';

export const pictures = tf.randomUniform<tf.Rank.R4>([32, 8, 8, 3], 0, 1, 'float32', 2);
const labels = tf.range(0, 32).mod(2).expandDims(1);

/** The chapter's kind of model, small: augmentation, preprocessing and a half frozen base before a head, trained. */
export async function trained(): Promise<tf.LayersModel> {
  setRandomSeed(1);
  const base = tf.sequential({
    name: 'base',
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, name: 'conv' }),
      tf.layers.batchNormalization({ name: 'norm', momentum: 0.5 }),
      tf.layers.conv2d({ filters: 2, kernelSize: 3, name: 'top' }),
    ],
  });
  base.getLayer('conv').trainable = false;
  const inputs = tf.input({ shape: [8, 8, 3], name: 'pictures' });
  let x = layers.randomFlip({ mode: 'horizontal', seed: 1 }).apply(inputs) as tf.SymbolicTensor;
  x = layers.randomRotation({ factor: 0.1, seed: 2, name: 'turn' }).apply(x) as tf.SymbolicTensor;
  x = base.apply(vgg16.preprocessInput(x)) as tf.SymbolicTensor;
  x = tf.layers.flatten({ name: 'flatten' }).apply(x) as tf.SymbolicTensor;
  const outputs = tf.layers.dense({ units: 1, activation: 'sigmoid', name: 'dense' }).apply(x) as tf.SymbolicTensor;
  const made = tf.model({ inputs, outputs, name: 'thaw' });
  made.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  await made.fit(pictures, labels, { epochs: 2, batchSize: 8, verbose: 0 });
  return made;
}

export const predictions = (made: tf.LayersModel) => tf.tidy(() => (made.predict(pictures) as tf.Tensor).dataSync());
