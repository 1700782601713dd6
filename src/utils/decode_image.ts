import * as tf from '../tf';
import { type Decoding, decodingOperations } from './decoding';

/**
 * Decodes a JPEG, PNG, BMP or GIF (its first frame) and resizes it, as Keras does. Greyscale, CMYK and RGBA become RGB;
 * 16 bits become 8.
 * @param contents The bytes of the file.
 * @returns float32 [height, width, 3], 0 to 255.
 * @throws where the bytes are no picture, or not a whole one.
 */
export function decodeImage(contents: Uint8Array, { imageSize }: Decoding): tf.Tensor3D {
  return tf.tidy(() => {
    const backend = tf.nodeBackend();
    const { decode, resize } = decodingOperations();
    const image = backend.executeSingleOutput(decode.op, decode.attributes, [tf.scalar(contents, 'string')]);
    const inputs = [image.expandDims(0), tf.tensor1d(imageSize, 'int32')];
    return backend.executeSingleOutput(resize.op, resize.attributes, inputs).squeeze([0]);
  });
}
