import * as tf from './raw';

/** How maps are resized: Keras's names. */
export type ResizeMethod =
  | ('bilinear' | 'nearest' | 'bicubic' | 'area')
  | ('lanczos3' | 'lanczos5' | 'gaussian' | 'mitchellcubic');

/** TensorFlow's operation for each way; the kernel of what scales and translates, as all do that smooth. */
export const METHODS: Record<ResizeMethod, { op?: string; kernel?: string }> = {
  bilinear: { op: 'ResizeBilinear', kernel: 'triangle' },
  nearest: { op: 'ResizeNearestNeighbor' },
  bicubic: { op: 'ResizeBicubic', kernel: 'keyscubic' },
  area: { op: 'ResizeArea' },
  lanczos3: { kernel: 'lanczos3' },
  lanczos5: { kernel: 'lanczos5' },
  gaussian: { kernel: 'gaussian' },
  mitchellcubic: { kernel: 'mitchellcubic' },
};

/** The ways to resize. */
export const RESIZE_METHODS = Object.keys(METHODS) as ResizeMethod[];

type Size = readonly [height: number, width: number];

function resize(images: tf.Tensor, size: Size, method: ResizeMethod, antialias: boolean): tf.Tensor {
  const backend = tf.nodeBackend();
  const { TF_ATTR_BOOL, TF_ATTR_STRING } = backend.binding;
  const type = tf.createTensorsTypeOpAttr('T', images.dtype);
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  const { op, kernel } = METHODS[method];
  const to = tf.tensor1d([...size], 'int32');
  if (kernel !== undefined && (antialias || op === undefined)) {
    const [, height, width] = images.shape as [number, number, number, number];
    const scale = tf.tensor1d([Math.fround(size[0] / height), Math.fround(size[1] / width)]);
    return backend.executeSingleOutput(
      'ScaleAndTranslate',
      [type, { name: 'kernel_type', type: TF_ATTR_STRING, value: kernel }, flag('antialias', antialias)],
      [images, to, scale, tf.zeros([2])],
    ) as tf.Tensor;
  }
  const centred = op === 'ResizeArea' ? [] : [flag('half_pixel_centers', true)];
  return backend.executeSingleOutput(op!, [type, flag('align_corners', false), ...centred], [images, to]) as tf.Tensor;
}

/** What each row of the outcome takes of each row before, [to, from]: every way to resize goes row by row and column by column. */
function shares(from: number, to: number, method: ResizeMethod, antialias: boolean): tf.Tensor2D {
  const each = tf.eye(from).reshape([1, from, 1, from]);
  return resize(each, [to, 1], method, antialias).reshape([to, from]);
}

/**
 * Maps [batch, height, width, channels] of float32, resized with half-pixel centres, as `tf.image.resize` does. tfjs has two of
 * the ways, and derives those without half-pixel centres.
 *
 * @param antialias Whether a way that can smooths where maps get smaller.
 */
export function resizeImages(images: tf.Tensor4D, size: Size, method: ResizeMethod, antialias = false): tf.Tensor4D {
  const [, height, width] = images.shape;
  const operation = tf.customGrad((input) => ({
    value: tf.tidy(() => resize(input as tf.Tensor, size, method, antialias)),
    gradFunc: (inflow: tf.Tensor) => {
      const rows = shares(height, size[0], method, antialias);
      const columns = shares(width, size[1], method, antialias);
      return tf.einsum('bhjc,jw->bhwc', tf.einsum('bijc,ih->bhjc', inflow, rows), columns);
    },
  }));
  return operation(images) as tf.Tensor4D;
}
