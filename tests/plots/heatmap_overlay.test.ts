import assert from 'node:assert/strict';
import test from 'node:test';
import { plots } from '../../src';
import * as tf from '../../src/tf';

const image = tf.fill([4, 6, 3], 100) as tf.Tensor3D;
const at = (overlay: tf.Tensor3D, y: number, x: number) => overlay.slice([y, x, 0], [1, 1, 3]).dataSync().join(' ');

// Where heat is 0, 1 and 3/7, matplotlib 3.11's `colormaps['inferno']` has these in 0 to 255.
const [COLD, HOT, WARM] = [
  [0, 0, 4],
  [252, 255, 164],
  [159, 42, 99],
];

test('heatmapOverlay colours the heat from dark to bright, over the picture', () => {
  const heatmap = tf.tensor2d([[0, 1, 3 / 7]]);
  const whole = plots.heatmapOverlay(tf.zeros([1, 3, 3]), heatmap, { alpha: 1 });
  const close = (received: number[], expected: number[]) =>
    received.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]!) < 0.01, `${received} for ${expected}`);
    });
  close([...whole.dataSync()], [...COLD!, ...HOT!, ...WARM!]);
  const half = plots.heatmapOverlay(tf.fill([1, 3, 3], 100), heatmap);
  close(
    [...half.dataSync()],
    [COLD!, HOT!, WARM!].flat().map((value) => (value + 100) / 2),
  );
  assert.equal(at(plots.heatmapOverlay(image, tf.ones([2, 2]), { alpha: 0 }), 1, 1), '100 100 100');
});

test('heatmapOverlay stretches the heatmap smoothly over the picture, and clips it', () => {
  const overlay = plots.heatmapOverlay(image, tf.tensor2d([[-3, 9]]), { alpha: 1 });
  assert.deepEqual(overlay.shape, [4, 6, 3]);
  assert.equal(at(overlay, 0, 0), COLD!.join(' '));
  assert.equal(at(overlay, 3, 5), HOT!.join(' '));
  const greens = [
    ...plots
      .heatmapOverlay(image, tf.tensor2d([[0, 1]]), { alpha: 1 })
      .slice([0, 0, 1], [1, 6, 1])
      .dataSync(),
  ];
  assert.deepEqual(
    greens,
    [...greens].sort((a, b) => a - b),
  );
  assert.equal(new Set(greens).size, 4); // flat at both ends, where there is nothing to stretch towards
});

test('heatmapOverlay says what it expects', () => {
  const heat: tf.Tensor2D = tf.ones([2, 2]);
  assert.throws(() => plots.heatmapOverlay(tf.zeros([4, 4, 1]), heat), /Received: \[4, 4, 1\] and \[2, 2\]/);
  for (const alpha of [-0.1, 1.1, NaN]) assert.throws(() => plots.heatmapOverlay(image, heat, { alpha }), /alpha=/);
  const misspelt: object = { opacity: 1 };
  assert.throws(() => plots.heatmapOverlay(image, heat, misspelt), /options of heatmapOverlay/);
});

test('heatmapOverlay keeps its caller’s tensors and leaves one', () => {
  const heat: tf.Tensor2D = tf.ones([2, 2]);
  const before = tf.memory().numTensors;
  plots.heatmapOverlay(image, heat);
  assert.equal(tf.memory().numTensors, before + 1);
  assert.equal(heat.isDisposed || image.isDisposed, false);
});
