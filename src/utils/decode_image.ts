import * as tf from '../tf';

/**
 * Decodes a JPEG, PNG, BMP or GIF (its first frame) and resizes it, bilinear with half-pixel centres, as Keras does.
 * Greyscale, CMYK and RGBA become RGB; 16 bits become 8.
 * @param contents The bytes of the file.
 * @param imageSize [height, width] in pixels.
 * @returns float32 [height, width, 3], 0 to 255.
 * @throws where the bytes are no picture, or not a whole one.
 * Source: `_load_image_tf` in keras/src/utils/image_dataset_utils.py.
 */
export function decodeImage(contents: Uint8Array, imageSize: [number, number]): tf.Tensor3D {
  return tf.tidy(() => {
    // The op that Keras calls; tf.node.decodeImage dispatches on its own and knows fewer variants of BMP and GIF.
    const backend = tf.nodeBackend();
    const { TF_ATTR_INT, TF_ATTR_TYPE, TF_ATTR_BOOL, TF_UINT8 } = backend.binding;
    const attributes = [
      { name: 'channels', type: TF_ATTR_INT, value: 3 },
      { name: 'dtype', type: TF_ATTR_TYPE, value: TF_UINT8 },
      { name: 'expand_animations', type: TF_ATTR_BOOL, value: false },
    ];
    const image = backend.executeSingleOutput('DecodeImage', attributes, [tf.scalar(contents, 'string')]);
    return tf.image.resizeBilinear(image as tf.Tensor3D, imageSize, false, true);
  });
}
