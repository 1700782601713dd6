import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '../../src/tf';

type Symbolic = tf.SymbolicTensor;

/**
 * A base of two residual blocks, its weights and statistics the same at each call.
 *
 * @param mainFirst Whether a block's main branch is built before its shortcut. The network is the same.
 */
export function residual(mainFirst = false): tf.LayersModel {
  const apply = (layer: tf.layers.Layer, x: Symbolic | Symbolic[]) => layer.apply(x) as Symbolic;
  const conv = (name: string, x: Symbolic, strides = 1) =>
    apply(tf.layers.conv2d({ name, filters: 16, kernelSize: 3, strides, padding: 'same', useBias: false }), x);
  const norm = (name: string, x: Symbolic) => apply(tf.layers.batchNormalization({ name, momentum: 0.9 }), x);
  const relu = (name: string, x: Symbolic) => apply(tf.layers.reLU({ name }), x);
  const block = (name: string, x: Symbolic) => {
    const shortcut = () => norm(`${name}_norm0`, conv(`${name}_conv0`, x));
    const main = () => {
      const inner = relu(`${name}_relu`, norm(`${name}_norm1`, conv(`${name}_conv1`, x)));
      return norm(`${name}_norm2`, conv(`${name}_conv2`, inner));
    };
    const branches = mainFirst ? [main(), shortcut()].reverse() : [shortcut(), main()];
    return relu(`${name}_out`, apply(tf.layers.add({ name: `${name}_add` }), branches));
  };
  const inputs = tf.input({ shape: [64, 64, 3] });
  const wide = conv('stem_wide', conv('stem', inputs, 4));
  const stem = relu('stem_relu', norm('stem_norm', wide));
  const model = tf.model({ inputs, outputs: block('block2', block('block1', stem)), name: 'residual' });
  return drawWeights(model);
}

/** Draws the weights and statistics of what trains in a network from seeds: the same at each call. None is 0. */
export function drawWeights(model: tf.LayersModel): tf.LayersModel {
  let seed = 0;
  const normalization = [
    [0.7, 1.3],
    [-0.1, 0.1],
    [-0.1, 0.1],
    [0.7, 1.3],
  ];
  const draw = (shape: number[], index: number) => {
    const [least, most] = normalization[index]!;
    return shape.length === 4
      ? tf.randomNormal(shape, 0, (shape[0]! * shape[1]! * shape[2]!) ** -0.5, 'float32', ++seed)
      : tf.randomUniform(shape, least, most, 'float32', ++seed);
  };
  tf.tidy(() => {
    const layers = model.layers.filter(({ trainableWeights }) => trainableWeights.length > 0);
    for (const layer of layers.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      layer.setWeights(layer.getWeights().map(({ shape }, index) => draw(shape, index)));
    }
  });
  return model;
}

/** A model from pictures to a probability on a base. */
export function underHead(
  convBase: tf.LayersModel,
  preprocess: <T extends tf.Tensor | Symbolic>(x: T) => T = (x) => x,
): tf.LayersModel {
  const inputs = tf.input({ shape: convBase.inputs[0]!.shape.slice(1) });
  const pool = tf.layers.globalAveragePooling2d({ name: 'pool' });
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  const dense = tf.layers.dense({ name: 'dense', units: 1, activation: 'sigmoid', kernelInitializer });
  const features = pool.apply(convBase.apply(preprocess(inputs))) as Symbolic;
  return tf.model({ inputs, outputs: dense.apply(features) as Symbolic });
}

/** Freezes a base up to a layer, or all of it, as one does in Keras; its normalisation stays frozen but where told. */
export function thawFrom(convBase: tf.LayersModel, name?: string, normalizationTrains = false): void {
  convBase.trainable = true;
  let thawed = false;
  for (const layer of convBase.layers) {
    thawed ||= layer.name === name;
    layer.trainable = thawed && (normalizationTrains || layer.getClassName() !== 'BatchNormalization');
  }
}

/** Writes eight pictures [64, 64] of noise, as bright as no other, for each of these folders in `folder`. */
export async function writePictures(folder: string, names: string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let picture = 0; picture < 8; picture++) {
      const brightest = 255 - 60 * (index % 2);
      const pixels = tf.randomUniform([64, 64, 3], 16 * picture, brightest, 'int32', 8 * index + picture + 1);
      writeFileSync(join(folder, name, `${picture}.png`), await tf.node.encodePng(pixels as tf.Tensor3D));
      pixels.dispose();
    }
  }
}
