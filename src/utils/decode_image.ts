import * as tf from '../tf';
import { decodableBytes } from './decodable_bytes';
import { type Decoding, decodingSteps, PIXELS } from './decoding';

/**
 * Decodes a JPEG, PNG, BMP, GIF (its first frame) or WebP and resizes it, as Keras does. Greyscale, CMYK and RGBA become RGB,
 * or what the decoding asks for; 16 bits become 8.
 * @param contents The bytes of the file.
 * @returns float32 [height, width, channels], 0 to 255.
 * @throws where the bytes are no picture, not a whole one, or one that `decodableBytes` refuses.
 */
export function decodeImage(contents: Uint8Array, decoding: Decoding): tf.Tensor3D {
  const bytes = decodableBytes(contents);
  return tf.tidy(() => {
    const backend = tf.nodeBackend();
    const made = new Map<string, tf.Tensor>([
      ['contents', tf.scalar(bytes, 'string')],
      ['size', tf.tensor1d(decoding.imageSize, 'int32')],
    ]);
    for (const step of decodingSteps(decoding)) {
      const tensor =
        'values' in step
          ? tf.tensor(step.values, step.shape, step.dtype)
          : withoutStatus(() => {
              const inputs = step.inputs.map((input) => made.get(input)!);
              return backend.executeSingleOutput(step.op, step.attributes, inputs);
            });
      made.set(step.name, tensor);
    }
    return made.get(PIXELS) as tf.Tensor3D;
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
