import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as layers from '../../src/layers';
import * as tf from '../../src/tf';
import { randomGenerator } from '../../src/utils/random';
import { setRandomSeed } from '../../src/utils/set_random_seed';
import { smoothPictures, worstDifference } from './pictures';

const { random } = Math;
after(() => {
  Math.random = random;
});

const picture = smoothPictures(1, 24, 32);
const same = tf.tidy(() => picture.tile([10, 1, 1, 1])) as tf.Tensor4D;
const training = { training: true };

const makers: Record<string, (args?: { seed?: number }) => layers.BaseRandomLayer> = {
  randomFlip: (args) => layers.randomFlip({ mode: 'horizontal', ...args }),
  randomRotation: (args) => layers.randomRotation({ factor: 0.1, ...args }),
  randomZoom: (args) => layers.randomZoom({ heightFactor: 0.2, ...args }),
  randomTranslation: (args) => layers.randomTranslation({ heightFactor: 0.2, widthFactor: 0.2, ...args }),
  randomContrast: (args) => layers.randomContrast({ factor: 0.5, ...args }),
  randomBrightness: (args) => layers.randomBrightness({ factor: 0.5, ...args }),
};

const run = (layer: layers.BaseRandomLayer, images: tf.Tensor) =>
  tf.tidy(() => Array.from((layer.apply(images, training) as tf.Tensor).dataSync()));

/** What the layer makes of ten same pictures, that many at a time. */
function inBatches(layer: layers.BaseRandomLayer, ...sizes: number[]): number[] {
  let first = 0;
  return sizes.flatMap((size) =>
    tf.tidy(() => {
      first += size;
      return run(layer, same.slice(first - size, size));
    }),
  );
}

for (const [name, make] of Object.entries(makers)) {
  test(`${name}() changes pictures in training only, each another way, and leaks nothing`, () => {
    const before = tf.memory();
    tf.tidy(() => {
      const layer = make({ seed: 1 });
      for (const kwargs of [undefined, { training: false }]) {
        const output = layer.apply(same, kwargs) as tf.Tensor;
        assert.equal(worstDifference(output, same), 0);
        output.dispose();
        assert.ok(!same.isDisposed, 'the input is the caller’s');
      }
      const output = layer.apply(same, training) as tf.Tensor4D;
      assert.deepEqual([output.shape, output.dtype], [same.shape, 'float32']);
      const sums = output.unstack().map(
        (one) =>
          one
            .mul(tf.range(0, 32).reshape([1, 32, 1]))
            .sum()
            .dataSync()[0],
      );
      assert.equal(new Set(sums).size, name === 'randomFlip' ? 2 : 10);
      assert.notDeepEqual(run(layer, same), Array.from(output.dataSync()), 'the next batch is drawn anew');
    });
    assert.deepEqual(tf.memory(), before);
  });

  test(`${name}() takes one picture, and whole numbers`, () => {
    const before = tf.memory();
    tf.tidy(() => {
      const one = same.slice(0, 1).squeeze<tf.Tensor3D>([0]);
      assert.deepEqual(run(make({ seed: 1 }), one), run(make({ seed: 1 }), same).slice(0, one.size));
      const whole = make({ seed: 1 }).apply(same.toInt(), training) as tf.Tensor;
      assert.equal(whole.dtype, 'float32');
      assert.deepEqual(Array.from(whole.dataSync()), run(make({ seed: 1 }), same.toInt().toFloat()));
      assert.throws(
        () => make().apply(tf.zeros([4, 4]), training),
        /expected images of rank 3 .* Received: shape=\[4,4\]/,
      );
    });
    assert.deepEqual(tf.memory(), before);
  });

  test(`${name}() draws the same from the same seed, whatever the size of the batch`, () => {
    const expected = inBatches(make({ seed: 1 }), 10);
    assert.deepEqual(inBatches(make({ seed: 1 }), 4, 4, 2), expected);
    assert.deepEqual(inBatches(make({ seed: 1 }), 1, 9), expected);
    assert.notDeepEqual(inBatches(make({ seed: 2 }), 10), expected);
  });

  test(`${name}() draws from Math.random without a seed`, () => {
    const draw = (seed: number) => {
      setRandomSeed(seed);
      return run(make(), same);
    };
    const expected = draw(5);
    assert.deepEqual(draw(5), expected);
    assert.notDeepEqual(draw(6), expected);
  });

  test(`${name}() starts anew when reseeded, from its seed and the stream alone`, () => {
    const layer = make({ seed: 1 });
    run(layer, same);
    layer.reseed(3);
    const expected = run(layer, same);
    const other = make({ seed: 1 });
    other.reseed(3);
    assert.deepEqual(inBatches(other, 3, 7), expected);
    other.reseed(4);
    assert.notDeepEqual(run(other, same), expected);
    const otherSeed = make({ seed: 2 });
    otherSeed.reseed(3);
    assert.notDeepEqual(run(otherSeed, same), expected);
    const unseeded = [make(), make()].map((layer) => {
      layer.reseed(3);
      return run(layer, same);
    });
    assert.deepEqual(unseeded[0], unseeded[1]);
  });
}

test('draws are even over the range that a factor stands for', () => {
  const draws = <T>(layer: layers.BaseRandomLayer<T>, of: (drawn: T) => number) => {
    const next = randomGenerator(1);
    return Array.from({ length: 4000 }, () => of(layer.getRandomTransformation(next)));
  };
  const number = (drawn: number) => drawn;
  const { randomBrightness, randomContrast, randomRotation, randomTranslation, randomZoom } = layers;
  const factors = { heightFactor: 0.2, widthFactor: [-0.5, -0.1] as [number, number] };
  const ranges: [number[], [number, number]][] = [
    [draws(randomRotation({ factor: 0.1 }), number), [-36, 36]],
    [draws(randomRotation({ factor: -0.1 }), number), [-36, 36]],
    [draws(randomRotation({ factor: [0.2, -0.1] }), number), [-36, 72]],
    [draws(randomZoom(factors), (zoom) => zoom.heightZoom), [0.8, 1.2]],
    [draws(randomZoom(factors), (zoom) => zoom.widthZoom), [0.5, 0.9]],
    [draws(randomTranslation(factors), (shift) => shift.heightTranslate), [-0.2, 0.2]],
    [draws(randomTranslation(factors), (shift) => shift.widthTranslate), [-0.5, -0.1]],
    [draws(randomContrast({ factor: 0.4 }), number), [0.6, 1.4]],
    [draws(randomContrast({ factor: [0.1, 0.9] }), number), [0.9, 1.9]],
    [draws(randomBrightness({ factor: 0.3 }), number), [-0.3, 0.3]],
    [draws(randomBrightness({ factor: [0, 1] }), number), [0, 1]],
  ];
  for (const [numbers, [lower, upper]] of ranges) {
    const counts = new Array<number>(8).fill(0);
    for (const drawn of numbers) {
      const eighth = Math.floor((8 * (drawn - lower)) / (upper - lower));
      assert.ok(eighth >= 0 && eighth < 8, `${drawn} in [${lower}, ${upper}]`);
      counts[eighth]!++;
    }
    // 500 are expected in each eighth, with a standard deviation of 21.
    assert.ok(Math.min(...counts) > 400 && Math.max(...counts) < 600, `[${lower}, ${upper}]: ${counts}`);
  }
  const flips = draws(layers.randomFlip(), Number).reduce((sum, flipped) => sum + flipped);
  assert.ok(flips > 1850 && flips < 2150, String(flips));
  for (const ratio of draws(randomZoom({ heightFactor: 0.2 }), ({ heightZoom, widthZoom }) => widthZoom / heightZoom))
    assert.equal(ratio, 1, 'the aspect ratio stays without a widthFactor');
});

test('layers of different classes draw independently from one seed', () => {
  tf.tidy(() => {
    const ramp = tf.linspace(-1, 1, 9);
    const rising = ramp.reshape([1, 1, 9, 1]).tile([400, 9, 1, 1]);
    const along = (layer: layers.BaseRandomLayer, shape: number[]) =>
      tf.tensor(run(layer, rising), rising.shape).mul(ramp.reshape(shape)).sum([1, 2, 3]).dataSync();
    const horizontally = along(layers.randomFlip({ mode: 'horizontal', seed: 1 }), [1, 1, 9, 1]);
    const vertically = along(layers.randomRotation({ factor: 0.1, seed: 1 }), [1, 9, 1, 1]);
    const agree = horizontally.filter((level, index) => level > 0 === vertically[index]! > 0).length;
    assert.ok(agree > 150 && agree < 250, String(agree));
  });
});

test('random layers refuse what Keras refuses, in its words', () => {
  const { randomBrightness, randomContrast, randomFlip, randomRotation, randomTranslation, randomZoom } = layers;
  const bad = (value: unknown) => value as never;
  const refused: [() => unknown, RegExp][] = [
    [() => randomRotation({ factor: 1.5 }), /The `factor` .* in the range \[-1, 1\]\. Received: factor=1\.5$/],
    [() => randomRotation({ factor: [-2, 0.5] }), /in the range \[-1, 1\]\. Received: factor=\[-2,0\.5\]$/],
    [() => randomRotation({ factor: bad([0.1]) }), /a list of two numbers\) .* Received: factor=\[0\.1\]$/],
    [() => randomRotation({ factor: bad('0.1') }), /should be a number .* Received: factor="0\.1"$/],
    [() => randomRotation(bad({})), /should be a number .* Received: factor=undefined$/],
    [() => randomRotation({ factor: Number.NaN }), /should be a number/],
    [
      () => randomRotation({ factor: 0.1, fillMode: bad('mirror') }),
      /Unknown `fillMode` mirror\. Expected one of: 'reflect', 'wrap', 'constant', 'nearest'/,
    ],
    [
      () => randomZoom({ heightFactor: 0.1, interpolation: bad('cubic') }),
      /Unknown `interpolation` cubic\. Expected one of: 'nearest', 'bilinear'/,
    ],
    [() => randomZoom({ heightFactor: -1 }), /`heightFactor` .* in the range \(-1, 1\]\. Received: heightFactor=-1$/],
    [() => randomZoom({ heightFactor: 0, widthFactor: 2 }), /`widthFactor` .* Received: widthFactor=2$/],
    [
      () => randomTranslation({ heightFactor: 0, widthFactor: [0, 2] }),
      /range \[-1, 1\]\. Received: widthFactor=\[0,2\]$/,
    ],
    [() => randomContrast({ factor: -0.1 }), /in the range \[0, 1\]\. Received: factor=-0\.1$/],
    [() => randomBrightness({ factor: -1.1 }), /in the range \[-1, 1\]\. Received: factor=-1\.1$/],
    [() => randomFlip({ mode: bad('diagonal') }), /Unknown `mode` diagonal\. .*Received: mode=diagonal$/],
    [() => randomFlip({ seed: 0.5 }), /Argument `seed` must be an integer\. Received: seed=0\.5$/],
    [
      () => randomFlip(bad({ name: 'flip', dataFormat: 'channelsFirst' })),
      /'flip' takes channels last only\. Received: dataFormat=channelsFirst/,
    ],
  ];
  for (const [make, message] of refused) assert.throws(make, message);
});

test('a network learns behind random layers, evaluates without them, and leaks nothing from epoch to epoch', async () => {
  const inputs = tf.input({ shape: [24, 32, 3] });
  let x = inputs;
  for (const make of Object.values(makers)) x = make({ seed: 1 }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.averagePooling2d({ poolSize: 8 }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.flatten().apply(x) as tf.SymbolicTensor;
  const kernelInitializer = tf.initializers.zeros();
  x = tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer }).apply(x) as tf.SymbolicTensor;
  const model = tf.model({ inputs, outputs: x });
  model.compile({ optimizer: tf.train.sgd(1e-6), loss: 'binaryCrossentropy' });
  const xs = tf.tidy(() => tf.concat([same, same.mul(0.3)]));
  const ys = tf.tidy(() => tf.concat([tf.ones([10, 1]), tf.zeros([10, 1])]));
  const evaluate = () => tf.tidy(() => (model.evaluate(xs, ys) as tf.Scalar).dataSync()[0]!);
  const before = evaluate();
  assert.equal(evaluate(), before);
  const tensors: number[] = [];
  const { history } = await model.fit(xs, ys, {
    epochs: 6,
    batchSize: 5,
    verbose: 0,
    callbacks: { onEpochEnd: async () => void tensors.push(tf.memory().numTensors) },
  });
  assert.equal(new Set(tensors.slice(1)).size, 1, String(tensors));
  assert.ok(evaluate() < before);
  assert.equal(history.loss?.length, 6);
  assert.equal(new Set(history.loss).size, 6);
  model.dispose();
  tf.dispose([xs, ys]);
});
