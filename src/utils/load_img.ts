import path from 'node:path';
import type * as tf from '../tf';
import { checkOptions, type OptionNames } from './check_options';
import { decodeImage } from './decode_image';
import { type DecodingArgs, decodingOf } from './decoding';
import { readPicture } from './read_picture';
import { reason } from './reason';
import { shown } from './shown';

/** The arguments of `loadImg`. */
export interface LoadImgArgs extends DecodingArgs {
  /** [height, width] in pixels to which the picture is resized. */
  targetSize: [number, number];
}

const OPTIONS: OptionNames<LoadImgArgs> = {
  ...{ targetSize: true, colorMode: true, interpolation: true },
  ...{ cropToAspectRatio: true, padToAspectRatio: true },
};

/**
 * Reads one picture (JPEG, PNG, BMP, GIF, WebP), just as `imageDatasetFromDirectory` reads those of a folder: a file of at most
 * 100 MB and 100 million pixels (50 million in a progressive JPEG or a WebP).
 *
 * Source: `keras.utils.load_img`, with the options and the pixels of `keras.utils.image_dataset_from_directory`.
 *
 * @param file where the picture is
 * @returns float32 [height, width, channels], 0 to 255
 * @throws Error if an option is unknown or none of those that it may be, or the file cannot be read or decoded or is too
 *   large, naming it
 * @example
 * const picture = await utils.loadImg('cat.jpg', { targetSize: [180, 180] });
 */
export async function loadImg(file: string, args: LoadImgArgs): Promise<tf.Tensor3D> {
  checkOptions('loadImg', args, OPTIONS);
  const decoding = decodingOf(args.targetSize, args, 'targetSize');
  try {
    return decodeImage(readPicture(file), decoding);
  } catch (cause) {
    throw new Error(
      `Expected a JPEG, PNG, BMP, GIF or WebP that can be decoded. Received: ${shown(path.resolve(file))} (${reason(cause)}) ` +
        'Check the path, or take another picture.',
      { cause },
    );
  }
}
