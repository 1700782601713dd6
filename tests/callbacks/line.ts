import * as tf from '../../src/tf';

/** A model of one weight, which is 1 at first. */
export function line(): tf.Sequential {
  const layer = tf.layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones', inputShape: [1] });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  return model;
}

/** Its weight. */
export const weightOf = (model: tf.LayersModel) => model.getWeights()[0]!.dataSync()[0]!;

/** What it is given, and what it is to give. */
export const [one, three] = [tf.ones([1, 1]), tf.fill([1, 1], 3)];
