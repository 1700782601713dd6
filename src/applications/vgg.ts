import { type Application, type Architecture, application } from './application';
import { kernelsFile, vgg16Weights } from './imagenet_weights';
import { preprocessInput } from './preprocess_input';

/** Five blocks of convolutions, each closed by a pooling, and three dense layers. */
function vgg(convolutions: number[]): Pick<Architecture, 'defaultSize' | 'minSize' | 'features' | 'top'> {
  return {
    defaultSize: 224,
    minSize: 32,
    features: (x, { conv2d, maxPooling2d }) => {
      const filters = [64, 128, 256, 512, 512];
      for (const [index, count] of convolutions.entries()) {
        const block = `block${index + 1}`;
        for (let number = 1; number <= count; number++) {
          const name = `${block}_conv${number}`;
          x = conv2d({ name, filters: filters[index]!, kernelSize: 3, activation: 'relu', padding: 'same' })(x);
        }
        x = maxPooling2d({ name: `${block}_pool`, poolSize: 2, strides: 2 })(x);
      }
      return x;
    },
    top: (x, { flatten, dense }, predictions) => {
      x = flatten({ name: 'flatten' })(x);
      x = dense({ name: 'fc1', units: 4096, activation: 'relu' })(x);
      x = dense({ name: 'fc2', units: 4096, activation: 'relu' })(x);
      return dense(predictions)(x);
    },
  };
}

/**
 * VGG16, a convnet of 13 convolutions and 3 dense layers.
 *
 * Takes pictures [batch, height, width, 3] from `vgg16.preprocessInput`; gives [batch, height / 32, width / 32, 512] without
 * the top, [batch, 512] when pooled, [batch, classes] with the top. Mirrors `keras.applications.VGG16`. Source: Simonyan
 * and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition (2015).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 *
 * @example
 * const convBase = await vgg16({ weights: 'imagenet', includeTop: false, inputShape: [180, 180, 3] });
 */
export const vgg16: Application = application(preprocessInput('caffe'), () => ({
  ...vgg([2, 2, 3, 3, 3]),
  name: 'vgg16',
  pretrained: vgg16Weights,
}));

/**
 * VGG19, as VGG16 with 16 convolutions: three more, in blocks 3, 4 and 5. Mirrors `keras.applications.VGG19`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const vgg19: Application = application(preprocessInput('caffe'), () => ({
  ...vgg([2, 2, 4, 4, 4]),
  name: 'vgg19',
  pretrained: (includeTop) =>
    kernelsFile('vgg19/vgg19', includeTop, ['cbe5617147190e668d6c5d5026f83318', '253f8cb515780f3b799900260a226db6']),
}));
