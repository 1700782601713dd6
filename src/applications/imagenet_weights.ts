import { checkOptions } from '../utils/check_options';
import { getFile, type Mirror } from '../utils/get_file';
import { MOBILE_NET_V2_MIRROR } from './mirrors/mobile_net_v2_from_wheel';
import { VGG16_MIRROR } from './mirrors/vgg16_from_wheel';
import { XCEPTION_MIRROR } from './mirrors/xception_from_wheel';

/** Where Keras publishes the weights of most networks, a folder for each family. */
export const KERAS_APPLICATIONS = 'https://storage.googleapis.com/tensorflow/keras-applications';

/** A file of weights that Keras publishes. */
export interface PretrainedFile {
  /** Its official address, as in keras/src/applications; it ends in the file's name. */
  url: string;
  /** `md5:<hex>`, as in keras/src/applications. Defaults to what the server says: for some networks Keras gives none. */
  hash?: string;
  /** Its size in bytes. Defaults to what no published file has. */
  most?: number;
  /** Where else the weights can be had. Defaults to nowhere. */
  mirror?: Mirror;
}

/**
 * A network's file where it is named in Keras's usual way.
 *
 * @param network Its folder and its name there, such as `resnet/resnet50`.
 * @param includeTop Which of its two files: with the classifier or without.
 * @param md5 The MD5 of the one and of the other, as in keras/src/applications.
 */
export function kernelsFile(
  network: string,
  includeTop: boolean,
  [top, noTop]: readonly [top: string, noTop: string],
): PretrainedFile {
  const url = `${KERAS_APPLICATIONS}/${network}_weights_tf_dim_ordering_tf_kernels${includeTop ? '' : '_notop'}.h5`;
  return { url, hash: `md5:${includeTop ? top : noTop}` };
}

/** The ImageNet weights of VGG16. Here, not beside the network, since the set-up fetches them before TensorFlow.js runs. */
export function vgg16Weights(includeTop: boolean): PretrainedFile {
  const file = kernelsFile('vgg16/vgg16', includeTop, [
    '64373286793e3c8b2b4e3219cbf3544b',
    '6d6bbae143d832006294945121d1f1fc',
  ]);
  return includeTop ? file : { ...file, most: 58_889_256, mirror: VGG16_MIRROR };
}

/**
 * The ImageNet weights of MobileNetV2.
 *
 * @param alpha Width of the network.
 * @param rows Height and width of the pictures that they were trained on.
 */
export function mobileNetV2Weights(alpha: number, rows: number, includeTop: boolean): PretrainedFile {
  const width = Number.isInteger(alpha) ? alpha.toFixed(1) : alpha;
  const name = `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${width}_${rows}${includeTop ? '' : '_no_top'}.h5`;
  const url = `${KERAS_APPLICATIONS}/mobilenet_v2/${name}`;
  return alpha === 1 && rows === 224 && !includeTop ? { url, mirror: MOBILE_NET_V2_MIRROR } : { url };
}

/** The ImageNet weights of Xception. */
export function xceptionWeights(includeTop: boolean): PretrainedFile {
  const file = kernelsFile('xception/xception', includeTop, [
    '0a58e3b7378bc2990ea3b43d5981f1f6',
    'b0042744bf5b25fce3cb969f33bebb97',
  ]);
  return includeTop ? file : { ...file, mirror: XCEPTION_MIRROR };
}

/**
 * The path of a file of ImageNet weights, fetched once into `<THAW_HOME>/models`.
 *
 * @param file Which file; `vgg16_notop` is VGG16's without the classifier.
 * @returns A Keras HDF5 file in the layout of the official one: groups named like the layers.
 * @throws Error naming what `file` has that isn't known; or one that lists each source that was tried (see `getFile`).
 */
export async function imagenetWeights(file: PretrainedFile | 'vgg16' | 'vgg16_notop'): Promise<string> {
  const known = typeof file === 'string' ? vgg16Weights(file === 'vgg16') : file;
  checkOptions<PretrainedFile>('imagenetWeights', known, { url: true, hash: true, most: true, mirror: true });
  const { url, ...rest } = known;
  return getFile({ ...rest, fileName: url.slice(url.lastIndexOf('/') + 1), urls: [url], cacheSubdir: 'models' });
}
