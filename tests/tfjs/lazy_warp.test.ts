import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as layers from '../../src/layers';
import * as tf from '../../src/tf';
import { type AffineMatrix, lazyWarp, type WarpSettings } from '../../src/tfjs/lazy_warp';
import { smoothPictures, worstDifference } from '../layers/pictures';

const backend = tf.backend() as unknown as {
  binding: { executeOp(name: string, ...rest: unknown[]): unknown; getNumOfTensors(): number };
};
const pictures = smoothPictures(3, 60, 80);
const reflect: WarpSettings = { interpolation: 'bilinear', fillMode: 'reflect', fillValue: 0 };
const tilt: AffineMatrix = [0.96, -0.28, 12, 0.28, 0.96, -4];
const shrink: AffineMatrix = [1.1, 0, -5, 0, 1.2, -3];
const flip: AffineMatrix = [-1, 0, 79, 0, 1, 0];
const each = (matrix: AffineMatrix) => pictures.unstack().map(() => matrix);

/** How many times the batch is warped in `work`, which is to leave nothing behind, natively neither. */
function warps(work: () => void): number {
  const { binding } = backend;
  const held = () => [...Object.values(tf.memory()), binding.getNumOfTensors()];
  const before = held();
  let count = 0;
  const executeOp: typeof binding.executeOp = (name, ...rest) => {
    if (name === 'ImageProjectiveTransformV3') count++;
    return binding.executeOp(name, ...rest);
  };
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } });
  try {
    tf.tidy(work);
  } finally {
    backend.binding = binding;
  }
  assert.deepEqual(held(), before, 'tensors, buffers and bytes');
  return count;
}

/** What is in the picture far enough from its borders that nothing comes from outside. */
const interior = (images: tf.Tensor) => images.slice([0, 20, 25, 0], [-1, 20, 30, -1]);

test('three warps next to each other are one, and the picture is what three give', () => {
  const single = (images: tf.Tensor4D, matrix: AffineMatrix, settings: WarpSettings) => {
    const output = lazyWarp(images, each(matrix), settings);
    output.dataSync();
    return output;
  };
  let three: tf.Tensor4D;
  tf.tidy(() => {
    three = tf.keep(single(single(single(pictures, flip, reflect), tilt, reflect), shrink, reflect));
  });
  const count = warps(() => {
    const one = lazyWarp(lazyWarp(lazyWarp(pictures, each(flip)), each(tilt), reflect), each(shrink), reflect);
    const worst = worstDifference(interior(one), interior(three));
    console.log(`one warp and three: ${worst} levels of 255 apart at worst`);
    assert.ok(worst < 1, String(worst));
    assert.ok(worstDifference(interior(pictures), interior(three)) > 20);
  });
  assert.equal(count, 1);
  three!.dispose();
});

test('the layers of the chapter warp once, whether functional, Sequential or nested', () => {
  const inputShape = [60, 80, 3];
  const make = () => [
    layers.randomFlip({ mode: 'horizontal', seed: 1, inputShape }),
    layers.randomRotation({ factor: 0.1, seed: 2 }),
    layers.randomZoom({ heightFactor: 0.2, seed: 3 }),
  ];
  const inputs = () => tf.input({ shape: inputShape });
  const chain = (x: tf.SymbolicTensor) =>
    make().reduce((symbolic, layer) => layer.apply(symbolic) as tf.SymbolicTensor, x);
  const [one, two] = [inputs(), inputs()];
  const models = {
    functional: tf.model({ inputs: one, outputs: chain(one) }),
    sequential: tf.sequential({ layers: make() }),
    nested: tf.model({ inputs: two, outputs: tf.sequential({ layers: make() }).apply(two) as tf.SymbolicTensor }),
  };
  const outputs: number[] = [];
  for (const [name, model] of Object.entries(models)) {
    const count = warps(() => {
      const output = model.apply(pictures, { training: true }) as tf.Tensor;
      assert.ok(worstDifference(output, pictures) > 20, name);
      outputs.push(output.sum().dataSync()[0]!);
    });
    assert.equal(count, 1, name);
    assert.equal(
      warps(() => {
        assert.equal(worstDifference(model.predict(pictures) as tf.Tensor, pictures), 0);
      }),
      0,
      `${name}, not in training`,
    );
  }
  assert.equal(new Set(outputs).size, 1, 'the same seeds give the same pictures');
});

test('warps whose borders or interpolation differ stay apart, each with its own', () => {
  const white: WarpSettings = { ...reflect, fillMode: 'constant', fillValue: 255 };
  for (const other of [white, { ...reflect, interpolation: 'nearest' }, { ...white, fillValue: 9 }] as WarpSettings[]) {
    const first = other.fillValue === 9 ? white : reflect;
    const count = warps(() => {
      const between = lazyWarp(pictures, each(tilt), first);
      const output = lazyWarp(between, each(shrink), other);
      const read = tf.tensor(between.dataSync(), pictures.shape) as tf.Tensor4D;
      assert.equal(worstDifference(output, lazyWarp(read, each(shrink), other)), 0);
    });
    assert.equal(count, 3, 'between, output, and the one to compare with');
  }
});

test('a warp that has been read is a tensor like any other for the next', () => {
  const count = warps(() => {
    const between = lazyWarp(pictures, each(tilt), reflect);
    const read = tf.tensor(between.dataSync(), pictures.shape) as tf.Tensor4D;
    const output = lazyWarp(between, each(shrink), reflect);
    assert.equal(worstDifference(output, lazyWarp(read, each(shrink), reflect)), 0);
    assert.deepEqual(between.dataSync(), read.dataSync(), 'and is read twice');
  });
  assert.equal(count, 3);
});

test('a warp outlives its source and the warp before it, and dies unread without being done', async () => {
  const expected = lazyWarp(pictures, each(tilt), reflect);
  const levels = await expected.data();
  expected.dispose();
  const count = warps(() => {
    const source = pictures.add(0) as tf.Tensor4D;
    const before = lazyWarp(source, each([1, 0, 0, 0, 1, 0]), reflect);
    const warped = lazyWarp(before, each(tilt), reflect);
    source.dispose();
    before.dispose();
    assert.deepEqual(warped.dataSync(), levels);
    warped.dispose();
    assert.throws(() => warped.dataSync(), /disposed/);
    lazyWarp(pictures, each(tilt), reflect).dispose();
    lazyWarp(lazyWarp(pictures, each(tilt), reflect), each(shrink), reflect);
  });
  assert.equal(count, 1);
});

test('a clone, another shape and another type of a warp have its pixels', () => {
  const count = warps(() => {
    const warped = lazyWarp(pictures, each(tilt), reflect);
    const clone = warped.clone();
    const further = lazyWarp(clone, each(shrink), reflect);
    const rows = warped.reshape([3 * 60, 80 * 3]);
    warped.dispose();
    assert.deepEqual(rows.dataSync(), clone.dataSync());
    assert.deepEqual(clone.toInt().dataSync(), Int32Array.from(clone.dataSync()));
    assert.ok(worstDifference(interior(further), interior(clone)) > 5);
  });
  assert.equal(count, 2);
});

test('the gradient finds its way back through the warps', () => {
  const count = warps(() => {
    const weights = tf.randomUniform(pictures.shape, 0, 1, 'float32', 1);
    const gradient = tf.grad((x) =>
      lazyWarp(x as tf.Tensor4D, each(flip))
        .mul(weights)
        .sum(),
    )(pictures);
    assert.equal(worstDifference(gradient, weights.reverse(2)), 0);

    // A variable before the warps: how the sum of the warped levels grows with it.
    const scale = tf.variable(tf.scalar(2));
    const loss = () => {
      const flipped = lazyWarp(pictures.mul(scale) as tf.Tensor4D, each(flip));
      return interior(lazyWarp(flipped, each(tilt), reflect)).mean() as tf.Scalar;
    };
    const { value, grads } = tf.variableGrads(loss, [scale]);
    const slope = grads[scale.name]!.dataSync()[0]!;
    const expected = value.dataSync()[0]! / 2;
    console.log(`gradient ${slope}, the slope itself ${expected}`);
    assert.ok(Math.abs(slope / expected - 1) < 0.05);
    scale.dispose();
  });
  assert.equal(count, 4);
});
