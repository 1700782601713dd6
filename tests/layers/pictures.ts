import * as tf from '../../src/tf';

/** Pictures of levels from 0 to 255 whose neighbours differ by a few levels, each picture another. */
export function smoothPictures(count: number, height: number, width: number): tf.Tensor4D {
  return tf.tidy(() => {
    const wave = (size: number, axis: number, period: number) => {
      const shape = [1, 1, 1, 1];
      shape[axis] = size;
      return tf
        .range(0, size)
        .mul((2 * Math.PI) / period)
        .reshape(shape)
        .add(tf.linspace(0, 2, count * 3).reshape([count, 1, 1, 3]));
    };
    const waves = wave(height, 1, 70)
      .sin()
      .add(wave(width, 2, 90).cos());
    return waves.mul(60).add(127) as tf.Tensor4D;
  });
}

/** The greatest difference between two tensors of one shape. */
export function worstDifference(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => actual.sub(expected).abs().max().dataSync()[0]!);
}
