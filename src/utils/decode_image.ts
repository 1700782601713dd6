import * as tf from '../tf';
import { decodableBytes } from './decodable_bytes';
import { type Decoding, decodingOperations } from './decoding';

/**
 * Decodes a JPEG, PNG, BMP or GIF (its first frame) and resizes it, as Keras does. Greyscale, CMYK and RGBA become RGB;
 * 16 bits become 8.
 * @param contents The bytes of the file.
 * @returns float32 [height, width, 3], 0 to 255.
 * @throws where the bytes are no picture, not a whole one, or one that `decodableBytes` refuses.
 */
export function decodeImage(contents: Uint8Array, { imageSize }: Decoding): tf.Tensor3D {
  const bytes = decodableBytes(contents);
  return tf.tidy(() => {
    const backend = tf.nodeBackend();
    const { decode, resize } = decodingOperations();
    const image = withoutStatus(() =>
      backend.executeSingleOutput(decode.op, decode.attributes, [tf.scalar(bytes, 'string')]),
    );
    const inputs = [image.expandDims(0), tf.tensor1d(imageSize, 'int32')];
    return backend.executeSingleOutput(resize.op, resize.attributes, inputs).squeeze([0]);
  });
}

/** A WebP of one pixel. */
const WEBP = Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=', 'base64');

let webp: boolean | undefined;

/** Whether TensorFlow decodes WebP: older ones don't. */
export function decodesWebp(): boolean {
  if (webp === undefined) {
    try {
      decodeImage(WEBP, { imageSize: [1, 1] }).dispose();
      webp = true;
    } catch {
      webp = false;
    }
  }
  return webp;
}

/** Has an error begin with what is wrong, not with the number that TensorFlow's binding puts in a line before it. */
function withoutStatus<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new Error((cause as Error).message.replace(/^Invalid TF_Status: \d+\s+Message: /, ''), { cause });
  }
}
