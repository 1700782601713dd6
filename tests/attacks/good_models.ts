import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { layers, models } from '../../src';
import { readZip } from '../../src/saving/zip';
import * as tf from '../../src/tf';

/** What damaged models are made of. */
export interface GoodModels {
  /** Each of a `.keras`: its architecture and its weights. */
  archives: { bytes: Buffer; config: string; weights: Buffer }[];
  /** Each of an `.h5`: the model that it is of. */
  legacy: { bytes: Buffer; model: tf.LayersModel }[];
  /** Each of a `model.json`, and of the file of weights beside it. */
  json: { text: string; shard: string; bytes: Buffer }[];
}

const dense = (units: number, name: string, more: object = {}) => tf.layers.dense({ units, name, ...more });

/** Two layers, compiled, with an optimizer that has been used. */
async function smallModel(): Promise<tf.LayersModel> {
  const model = tf.sequential({ name: 'small' });
  model.add(dense(4, 'first', { inputShape: [3], activation: 'relu' }));
  model.add(dense(2, 'second'));
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mse'] });
  const [x, y] = [tf.ones([4, 3]), tf.ones([4, 2])];
  await model.fit(x, y, { epochs: 1, verbose: 0 });
  tf.dispose([x, y]);
  return model;
}

/** A frozen base within a model, with what a convnet has. */
function convnet(): tf.LayersModel {
  const input = tf.input({ shape: [8, 8, 3] });
  const inner = tf.input({ shape: [8, 8, 3] });
  const conv = (name: string) => tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name });
  let x = conv('c1').apply(inner);
  x = tf.layers.batchNormalization({ name: 'bn' }).apply(x);
  const branch = conv('c2').apply(x);
  x = tf.layers.add({ name: 'add' }).apply([x as tf.SymbolicTensor, branch as tf.SymbolicTensor]);
  x = tf.layers.maxPooling2d({ poolSize: 2, name: 'pool' }).apply(x);
  const base = tf.model({ inputs: inner, outputs: x as tf.SymbolicTensor, name: 'base' });
  base.trainable = false;
  let y = layers.randomFlip({ mode: 'horizontal', seed: 1, name: 'flip' }).apply(input);
  y = tf.layers.rescaling({ scale: 1 / 255, name: 'rescale' }).apply(y);
  y = tf.layers.globalAveragePooling2d({ name: 'gap' }).apply(base.apply(y));
  const shared = dense(4, 'shared', { activation: 'relu' });
  y = shared.apply(shared.apply(y));
  y = tf.layers.dropout({ rate: 0.5, name: 'drop' }).apply(y);
  y = dense(1, 'head', { activation: 'sigmoid' }).apply(y);
  return tf.model({ inputs: input, outputs: y as tf.SymbolicTensor, name: 'convnet' });
}

/** Layers within layers, which tfjs alone saves. */
function recurrent(): tf.LayersModel {
  const model = tf.sequential({ name: 'recurrent' });
  model.add(tf.layers.timeDistributed({ layer: dense(3, 'inner'), inputShape: [4, 2], name: 'each' }));
  model.add(tf.layers.lstm({ units: 2, name: 'lstm' }));
  model.add(dense(1, 'last'));
  return model;
}

/** Makes the good models, with their files in `folder`. */
export async function goodModels(folder: string): Promise<GoodModels> {
  mkdirSync(folder, { recursive: true });
  const made = [await smallModel(), convnet(), recurrent()];
  const good: GoodModels = { archives: [], legacy: [], json: [] };
  for (const model of made) {
    const file = (extension: string) => path.join(folder, `${model.name}${extension}`);
    if (model.name !== 'recurrent') {
      await models.saveModel(model, file('.keras'));
      await models.saveModel(model, file('.h5'));
      const config = await readZip(file('.keras'), 'config.json', 'model.weights.h5', file('.weights.h5'));
      good.archives.push({ bytes: readFileSync(file('.keras')), config, weights: readFileSync(file('.weights.h5')) });
      good.legacy.push({ bytes: readFileSync(file('.h5')), model });
    }
    await models.saveModel(model, file('.json'));
    const shard = readdirSync(folder).find((name) => name.startsWith(`${model.name}-`))!;
    good.json.push({ text: readFileSync(file('.json'), 'utf8'), shard, bytes: readFileSync(path.join(folder, shard)) });
  }
  return good;
}
