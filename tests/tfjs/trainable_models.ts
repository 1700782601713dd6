import { createHash } from 'node:crypto';
import * as tf from '../../src/tf';
import { formatSummary } from '../../src/tfjs/summary';

type Symbolic = tf.SymbolicTensor;

/** Where a layer lies in a model, and the flag that it is to have. */
export type Step = [path: string[], value: boolean];

let seed = 0;
/** A tensor from the normal distribution, another at each call, the same ones in each run. */
export const random = (...shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', ++seed);
export const kernelInitializer = () => tf.initializers.glorotUniform({ seed: ++seed });
const input = (...shape: number[]) => tf.input({ shape });
const conv = (name: string, filters: number) =>
  tf.layers.conv2d({ name, filters, kernelSize: 3, kernelInitializer: kernelInitializer() });
export const flatten = () => tf.layers.flatten({ name: 'flatten' });
const dense = () => tf.layers.dense({ name: 'dense', units: 1, kernelInitializer: kernelInitializer() });

/** A small convolutional base; its weights differ from call to call, not from run to run. */
export function base(...between: tf.layers.Layer[]): tf.LayersModel {
  const inputs = input(6, 6, 2);
  const layers = [conv('conv1', 3), ...between, conv('conv2', 2)];
  const outputs = layers.reduce((x, layer) => layer.apply(x) as Symbolic, inputs);
  return tf.model({ inputs, outputs, name: 'base' });
}
export const normalized = () => base(tf.layers.batchNormalization({ name: 'norm' }));

/** The ways to build a model on a base, as in trainable_keras.py. */
export const builders = {
  functional(convBase: tf.LayersModel): tf.LayersModel {
    const inputs = input(...(convBase.inputs[0]!.shape.slice(1) as number[]));
    const x = flatten().apply(convBase.apply(inputs)) as Symbolic;
    return tf.model({ inputs, outputs: dense().apply(x) as Symbolic, name: 'model' });
  },
  sequential(convBase: tf.LayersModel): tf.LayersModel {
    const model = tf.sequential({ name: 'model' });
    model.add(convBase);
    model.add(flatten());
    model.add(dense());
    return model;
  },
  stacked(convBase: tf.LayersModel): tf.LayersModel {
    const inputShape = convBase.inputs[0]!.shape.slice(1);
    const model = tf.sequential({ name: 'model' });
    model.add(tf.layers.activation({ name: 'first', activation: 'linear', inputShape }));
    model.add(convBase);
    model.add(flatten());
    model.add(dense());
    return model;
  },
  nested(convBase: tf.LayersModel): tf.LayersModel {
    const shape = convBase.inputs[0]!.shape.slice(1) as number[];
    let inputs = input(...shape);
    const x = flatten().apply(convBase.apply(inputs)) as Symbolic;
    const middle = tf.model({ inputs, outputs: x, name: 'middle' });
    inputs = input(...shape);
    const outputs = dense().apply(middle.apply(inputs)) as Symbolic;
    return tf.model({ inputs, outputs, name: 'model' });
  },
};
export type Kind = keyof typeof builders;
export const kinds = Object.keys(builders) as Kind[];

/** The layer that lies at `path` in a model; the model itself where that is empty. */
export const find = (model: tf.LayersModel, path: string[]) =>
  path.reduce<tf.layers.Layer>((found, name) => (found as tf.LayersModel).getLayer(name), model);

export function setFlags(model: tf.LayersModel, steps: Step[]): void {
  for (const [path, value] of steps) find(model, path).trainable = value;
}

/** A model and all that is in it, down to the last layer. */
const flattenLayers = (layer: tf.layers.Layer): tf.layers.Layer[] => [
  layer,
  ...('layers' in layer ? (layer as tf.LayersModel).layers.flatMap(flattenLayers) : []),
];

const names = (weights: tf.LayerVariable[]) => weights.map(({ originalName }) => originalName);

/** What trains in a model, what its summary counts, and the flags of all that is in it. */
export function state(model: tf.LayersModel) {
  const layers = flattenLayers(model).filter((layer) => layer.getClassName() !== 'InputLayer');
  const counts = formatSummary(model).match(/(?<=rainable params: )[\d,]+/g)!;
  return {
    weights: names(model.weights),
    trainable: Object.fromEntries(
      layers.filter((layer) => 'layers' in layer).map((layer) => [layer.name, names(layer.trainableWeights)]),
    ),
    flags: Object.fromEntries(layers.map(({ name, trainable }) => [name, trainable])),
    counts: counts.map((count) => Number(count.replace(',', ''))),
  };
}
export type State = ReturnType<typeof state>;

/** The SHA-256 of each weight's bytes. */
export const hashes = (layers: tf.layers.Layer[]) =>
  layers
    .flatMap(({ weights }) => weights)
    .map((weight) => createHash('sha256').update(weight.read().dataSync()).digest('hex'));

/** Trains and tells of each weight whether it has moved. */
export async function moved(model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor, how: 'fit' | 'fitDataset' = 'fit') {
  const layers = flattenLayers(model).filter((layer) => !('layers' in layer));
  const earlier = hashes(layers);
  if (how === 'fit') await model.fit(xs, ys, { epochs: 2, batchSize: 4, verbose: 0 });
  else await model.fitDataset(tf.data.array([{ xs, ys }]), { epochs: 2, verbose: 0 });
  const weights = layers.flatMap(({ weights }) => weights);
  const later = hashes(layers);
  return names(weights.filter((_, index) => earlier[index] !== later[index]));
}

/** A batch of eight pictures for these models, far from normal, and what they are to give. */
export const batch = random(8, 6, 6, 2).mul(2).add(1);
export const targets = random(8, 1);
