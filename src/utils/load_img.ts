import path from 'node:path';
import type * as tf from '../tf';
import { checkOptions } from './check_options';
import { decodeImage } from './decode_image';
import { readPicture } from './read_picture';
import { reason } from './reason';
import { shown } from './shown';

/** The arguments of `loadImg`. */
export interface LoadImgArgs {
  /** [height, width] in pixels to which the picture is resized, bilinear. */
  targetSize: [number, number];
}

/**
 * Reads one picture (JPEG, PNG, BMP, GIF), just as `imageDatasetFromDirectory` reads those of a folder: a file of at most
 * 100 MB and 100 million pixels (50 million in a progressive JPEG).
 *
 * Source: `keras.utils.load_img` with `interpolation='bilinear'`.
 *
 * @param file where the picture is
 * @returns float32 [height, width, 3], 0 to 255
 * @throws Error if an option is unknown, or the file cannot be read or decoded or is too large, naming it
 * @example
 * const picture = await utils.loadImg('cat.jpg', { targetSize: [180, 180] });
 */
export async function loadImg(file: string, args: LoadImgArgs): Promise<tf.Tensor3D> {
  checkOptions('loadImg', args, { targetSize: true });
  try {
    return decodeImage(readPicture(file), { imageSize: args.targetSize });
  } catch (cause) {
    throw new Error(
      `Expected a JPEG, PNG, BMP or GIF that can be decoded. Received: ${shown(path.resolve(file))} (${reason(cause)}) ` +
        'Check the path, or take another picture.',
      { cause },
    );
  }
}
