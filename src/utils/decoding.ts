import * as tf from '../tf';

/**
 * What the pixels of a picture depend on besides its file. The operations below, the pictures of a dataset and the key that
 * tells them from others all go by it: what is added here can be forgotten nowhere.
 */
export interface Decoding {
  /** [height, width] in pixels to which a picture is resized, bilinear with half-pixel centres. */
  imageSize: [number, number];
}

/** An operation of TensorFlow's with its settings. */
interface Operation {
  op: string;
  attributes: tf.TFEOpAttr[];
}

/**
 * The operations that make pixels of a file's bytes, those that Keras calls: `decode` takes the bytes, `resize` what came of
 * them, as a batch, and the size.
 *
 * Source: `_load_image_tf` in keras/src/utils/image_dataset_utils.py.
 */
export function decodingOperations(): { decode: Operation; resize: Operation } {
  const { TF_ATTR_INT, TF_ATTR_TYPE, TF_ATTR_BOOL, TF_UINT8 } = tf.nodeBackend().binding;
  return {
    decode: {
      op: 'DecodeImage',
      attributes: [
        { name: 'channels', type: TF_ATTR_INT, value: 3 },
        { name: 'dtype', type: TF_ATTR_TYPE, value: TF_UINT8 },
        { name: 'expand_animations', type: TF_ATTR_BOOL, value: false },
      ],
    },
    resize: {
      op: 'ResizeBilinear',
      attributes: [
        { name: 'T', type: TF_ATTR_TYPE, value: TF_UINT8 },
        { name: 'half_pixel_centers', type: TF_ATTR_BOOL, value: true },
      ],
    },
  };
}
