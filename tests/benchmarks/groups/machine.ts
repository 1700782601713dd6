import * as tf from '@tensorflow/tfjs-node';
import { alternate, type Extent, type Row, seconds } from '../compare';
import type { Side } from '../side';

const SIZE = 2048;
const SHAPE: [number, number, number, number] = [8, 45, 45, 256];
const FILTERS = 256;

/** What the processor can do at most: a product of two matrices, and a convolution as in the middle of VGG16. */
export async function* machine(keras: Side, { repeats }: Extent): AsyncGenerator<Row> {
  const a = tf.randomUniform([SIZE, SIZE]);
  const x = tf.randomUniform(SHAPE) as tf.Tensor4D;
  const kernel = tf.randomUniform([3, 3, SHAPE[3], FILTERS]) as tf.Tensor4D;
  // Reading one number is what has all of them there.
  const timed = (compute: () => tf.Tensor) => () =>
    seconds(() => tf.tidy(() => compute().flatten().slice([0], [1]).dataSync()));
  const row = { group: 'machine', unit: 'GFLOP/s' as const };
  yield {
    ...row,
    name: `product of two matrices of ${SIZE}×${SIZE}`,
    flop: 2 * SIZE ** 3,
    ...(await alternate(
      repeats,
      timed(() => tf.matMul(a, a)),
      () => keras.ask('matrix_product', { size: SIZE }),
    )),
  };
  yield {
    ...row,
    name: `convolution 3×3 of [${SHAPE}], ${FILTERS} filters`,
    flop: 2 * 9 * FILTERS * SHAPE.reduce((product, size) => product * size, 1),
    ...(await alternate(
      repeats,
      timed(() => tf.conv2d(x, kernel, 1, 'same')),
      () => keras.ask('convolution', { shape: SHAPE, filters: FILTERS }),
    )),
  };
  tf.dispose([a, x, kernel]);
}
