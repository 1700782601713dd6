import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layers, utils } from '../../src';
import * as tf from '../../src/tf';
import { thawHome } from '../../src/utils/paths';
import { jpeg } from '../support/picture_files';

/** Height and width of the pictures. */
export const SIZE: [number, number] = [24, 24];

/** Writes this many pictures of two classes for each of these folders in `folder`, no two of them alike. */
export async function writePictures(folder: string, sets: Record<string, number>): Promise<void> {
  for (const [index, [name, pictures]] of Object.entries(sets).entries()) {
    for (let picture = 0; picture < pictures; picture++) {
      const kind = join(folder, name, picture % 2 === 0 ? 'even' : 'odd');
      mkdirSync(kind, { recursive: true });
      writeFileSync(join(kind, `${picture}.jpg`), await jpeg(20 + picture + 40 * index, 30));
    }
  }
}

/** The pictures of a folder, labelled, in order. */
export const read = (directory: string, batchSize = 8, imageSize = SIZE) =>
  utils.imageDatasetFromDirectory(directory, { imageSize, batchSize, shuffle: false, labelMode: 'binary' });

const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });

/**
 * A compiled model from pictures to a probability: a flip, two frozen convolutions 'first' and 'second', and a head. Always
 * the same weights.
 *
 * @param own Layers that are put between the frozen ones.
 */
export function smallModel({ augmented = true, own = [] as tf.layers.Layer[] } = {}): tf.LayersModel {
  const conv = (name: string, filters: number, seed: number) =>
    tf.layers.conv2d({ name, filters, kernelSize: 3, strides: 2, trainable: false, kernelInitializer: seeded(seed) });
  const inputs = tf.input({ shape: [...SIZE, 3] });
  const outputs = [
    ...(augmented ? [layers.randomFlip({ seed: 1 }), layers.randomRotation({ factor: 0.1, seed: 2 })] : []),
    tf.layers.rescaling({ scale: 1 / 255 }),
    conv('first', 40, 1),
    ...own,
    conv('second', 8, 2),
    tf.layers.flatten(),
    tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: seeded(3) }),
  ].reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
  const model = tf.model({ inputs, outputs });
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** The path of something in the bank. */
export const inBank = (name: string) => join(thawHome(), 'feature_bank', name);

/** The names of all that is in the bank's folder. */
export const bankFiles = () => readdirSync(inBank('')).sort();
