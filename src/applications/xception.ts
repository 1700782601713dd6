import { automaticNames } from '../tfjs/layer_paths';
import { type Application, application, averageTop } from './application';
import { xceptionWeights } from './imagenet_weights';
import { preprocessInput } from './preprocess_input';

/** Filters of the convolutions in each block with a shortcut, from the second on. Blocks of two halve the maps. */
const BLOCKS = [[128, 128], [256, 256], [728, 728], ...Array<number[]>(8).fill([728, 728, 728]), [728, 1024]];

/**
 * Xception, a deep network of depthwise separable convolutions with shortcuts around its blocks.
 *
 * Takes pictures [batch, height, width, 3], 71×71 or more, from `xception.preprocessInput`; gives [batch, height / 32, width
 * / 32, 2048] without the top (10×10 for its own 299×299), [batch, 2048] when pooled, [batch, classes] with the top.
 * Mirrors `keras.applications.Xception`. Source: Chollet, Xception: Deep Learning with Depthwise Separable Convolutions
 * (2017).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const xception: Application = application(preprocessInput('tf'), () => ({
  name: 'xception',
  defaultSize: 299,
  minSize: 71,
  pretrained: xceptionWeights,
  features: (x, { activation, add, batchNormalization, conv2d, maxPooling2d, separableConv2d }) => {
    const relu = (name: string) => activation({ name: `${name}_act`, activation: 'relu' });
    const separable = (name: string, filters: number) => {
      x = separableConv2d({ name, filters, kernelSize: 3, padding: 'same', useBias: false })(x);
      x = batchNormalization({ name: `${name}_bn` })(x);
    };
    for (const [name, filters, strides] of [['block1_conv1', 32, 2] as const, ['block1_conv2', 64, 1] as const]) {
      x = conv2d({ name, filters, kernelSize: 3, strides, useBias: false })(x);
      x = batchNormalization({ name: `${name}_bn` })(x);
      x = relu(name)(x);
    }
    const next = automaticNames();
    for (const [index, widths] of BLOCKS.entries()) {
      const block = `block${index + 2}`;
      const halves = widths.length === 2;
      let shortcut = x;
      if (halves) {
        const projection = { filters: widths[1]!, kernelSize: 1, strides: 2, padding: 'same', useBias: false } as const;
        shortcut = conv2d({ name: next('conv2d'), ...projection })(x);
        shortcut = batchNormalization({ name: next('batch_normalization') })(shortcut);
      }
      for (const [place, filters] of widths.entries()) {
        const name = `${block}_sepconv${place + 1}`;
        // What enters the first of these blocks has been through one already.
        if (index + place > 0) x = relu(name)(x);
        separable(name, filters);
      }
      if (halves) x = maxPooling2d({ name: `${block}_pool`, poolSize: 3, strides: 2, padding: 'same' })(x);
      x = add({ name: next('add') })([x, shortcut]);
    }
    for (const [name, filters] of [['block14_sepconv1', 1536] as const, ['block14_sepconv2', 2048] as const]) {
      separable(name, filters);
      x = relu(name)(x);
    }
    return x;
  },
  top: averageTop(),
}));
