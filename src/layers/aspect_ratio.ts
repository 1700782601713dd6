import * as tf from '../tf';

type Size = readonly [height: number, width: number];

/** Height and width that pictures of a size would have at the aspect ratio of another, the other side as it is. */
function fitting([height, width]: Size, [toHeight, toWidth]: Size): Size {
  // TensorFlow divides in 32 bits.
  return [
    Math.trunc(Math.fround((width * toHeight) / toWidth)),
    Math.trunc(Math.fround((height * toWidth) / toHeight)),
  ];
}

/** The largest part of pictures [batch, height, width, channels], in the middle, that has the aspect ratio of a size. */
export function partOfAspectRatio(images: tf.Tensor4D, size: Size): tf.Tensor4D {
  const [batch, height, width, channels] = images.shape;
  const [rows, columns] = fitting([height, width], size);
  const [cropHeight, cropWidth] = [Math.max(Math.min(height, rows), 1), Math.max(Math.min(width, columns), 1)];
  const [top, left] = [Math.trunc((height - cropHeight) / 2), Math.trunc((width - cropWidth) / 2)];
  return images.slice([0, top, left, 0], [batch, cropHeight, cropWidth, channels]);
}

/** Pictures [batch, height, width, channels] with so much of a value around them that they have the aspect ratio of a size. */
export function aroundOfAspectRatio(images: tf.Tensor4D, size: Size, value: number): tf.Tensor4D {
  const [, height, width] = images.shape;
  const [rows, columns] = fitting([height, width], size);
  const [above, before] = [Math.trunc((rows - height) / 2), Math.trunc((columns - width) / 2)];
  const around = (by: number): [number, number] => [Math.max(by, 0), Math.max(by, 0)];
  return tf.pad(images, [[0, 0], around(above), around(before), [0, 0]], value);
}
