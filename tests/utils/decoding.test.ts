import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import * as tf from '../../src/tf';
import { type DecodingArgs, decodingOf } from '../../src/utils/decoding';
import { imageDatasetFromDirectory } from '../../src/utils/image_dataset';
import { loadImg } from '../../src/utils/load_img';
import { jpeg, png } from '../support/picture_files';

const folder = mkdtempSync(path.join(tmpdir(), 'thaw-decoding-'));
after(() => rmSync(folder, { recursive: true }));

/** Two rows of four greys, as PNG. */
const GREYS = [
  [10, 20, 30, 40],
  [50, 60, 70, 80],
];

/** What becomes of the greys: the first channel, row by row. */
async function greys(height: number, width: number, args: DecodingArgs): Promise<number[][]> {
  const file = path.join(folder, 'greys.png');
  const pixels = tf.tidy(() => tf.tensor3d(GREYS.flat(), [2, 4, 1], 'int32').tile([1, 1, 3]) as tf.Tensor3D);
  writeFileSync(file, await tf.node.encodePng(pixels));
  const picture = await loadImg(file, { targetSize: [height, width], ...args });
  const rows = tf.tidy(() => picture.slice([0, 0, 0], [-1, -1, 1]).reshape([height, width]).arraySync() as number[][]);
  tf.dispose([pixels, picture]);
  return rows;
}

test('each interpolation takes the pixels that its name says', async () => {
  assert.deepEqual(await greys(1, 2, { interpolation: 'nearest' }), [[60, 80]]);
  assert.deepEqual(await greys(1, 2, { interpolation: 'area' }), [[35, 55]]);
  assert.deepEqual(await greys(1, 2, { interpolation: 'bilinear' }), [[35, 55]]);
  // A cubic swings beyond the values, which stay as they come.
  const [[first = 0] = []] = await greys(2, 8, { interpolation: 'bicubic' });
  assert.ok(first < 10, String(first));
  for (const interpolation of ['bicubic', 'area', 'lanczos3', 'lanczos5'] as const) {
    const same = await greys(2, 4, { interpolation });
    assert.ok(
      same.flat().every((grey, at) => Math.abs(grey - GREYS.flat()[at]!) < 1e-3),
      `${interpolation}: ${same}`,
    );
  }
  // These two smooth whatever they resize.
  for (const interpolation of ['gaussian', 'mitchellcubic'] as const) {
    const smooth = await greys(2, 4, { interpolation });
    assert.ok(smooth[0]![0]! > 11 && smooth[1]![3]! < 79, `${interpolation}: ${smooth}`);
  }
});

test('the aspect ratio is kept by cropping or by padding', async () => {
  assert.deepEqual(await greys(2, 2, { cropToAspectRatio: true }), [
    [20, 30],
    [60, 70],
  ]);
  assert.deepEqual(await greys(1, 1, { cropToAspectRatio: true }), [[45]]);
  assert.deepEqual(await greys(4, 4, { padToAspectRatio: true }), [[0, 0, 0, 0], ...GREYS, [0, 0, 0, 0]]);
  assert.deepEqual(
    await greys(2, 7, { padToAspectRatio: true, interpolation: 'nearest' }),
    GREYS.map((row) => [0, ...row, 0, 0]),
  );
  assert.deepEqual(await greys(2, 4, { padToAspectRatio: true }), GREYS);
});

test('a picture has the channels of its colorMode', async () => {
  const file = path.join(folder, 'clear.png');
  const pixels = tf.tensor3d([200, 100, 0, 128], [1, 1, 4], 'int32');
  writeFileSync(file, await tf.node.encodePng(pixels));
  pixels.dispose();
  for (const [colorMode, expected] of [
    ['rgb', [200, 100, 0]],
    ['rgba', [200, 100, 0, 128]],
    // 0.299 of the red and 0.587 of the green, cut.
    ['grayscale', [118]],
  ] as const) {
    const picture = await loadImg(file, { targetSize: [1, 1], colorMode });
    assert.deepEqual([picture.shape, [...picture.dataSync()]], [[1, 1, expected.length], expected]);
    picture.dispose();
  }
});

test('a dataset gives what loadImg() gives, and no tensor is left', async () => {
  const pictures = path.join(folder, 'pictures');
  mkdirSync(pictures);
  for (const [height, width] of [
    [20, 31],
    [33, 12],
    [8, 8],
  ] as const)
    writeFileSync(path.join(pictures, `${height}.png`), await png(height, width, 4));
  const before = tf.memory().numTensors;
  for (const args of [
    { colorMode: 'grayscale', interpolation: 'lanczos5' },
    { colorMode: 'rgba', interpolation: 'nearest', cropToAspectRatio: true },
    { interpolation: 'gaussian', padToAspectRatio: true },
    { interpolation: 'area', cropToAspectRatio: true },
    { colorMode: 'rgba', interpolation: 'nearest', padToAspectRatio: true },
  ] as const) {
    const dataset = await imageDatasetFromDirectory(pictures, {
      imageSize: [9, 14],
      labels: null,
      shuffle: false,
      ...args,
    });
    for await (const batch of dataset) {
      for (const [index, file] of dataset.filePaths.entries()) {
        const picture = await loadImg(file, { targetSize: [9, 14], ...args });
        const one = batch.slice([index, 0, 0, 0], [1, -1, -1, -1]);
        assert.deepEqual(one.shape.slice(1), picture.shape);
        assert.deepEqual(one.dataSync(), picture.dataSync());
        tf.dispose([picture, one]);
      }
      assert.equal(batch.shape[3], dataset.channels);
      batch.dispose();
    }
  }
  assert.equal(tf.memory().numTensors, before);
});

test('what TensorFlow has no such channels for is named', async () => {
  const pictures = path.join(folder, 'jpegs');
  mkdirSync(pictures);
  writeFileSync(path.join(pictures, 'a.jpg'), await jpeg(8, 8));
  const before = tf.memory().numTensors;
  const rgba = await imageDatasetFromDirectory(pictures, { labels: null, colorMode: 'rgba' });
  await assert.rejects(rgba.toArray(), /Could not decode .*a\.jpg: .*JPEG does not support 4 channels/);
  await assert.rejects(loadImg(path.join(pictures, 'a.jpg'), { targetSize: [4, 4], colorMode: 'rgba' }), /4 channels/);
  assert.equal(tf.memory().numTensors, before);
});

test('what is no such option is refused', () => {
  const refused = (args: object, message: RegExp) =>
    assert.throws(() => Reflect.apply(decodingOf, undefined, [[8, 8], args]), message);
  refused({ colorMode: 'bgr' }, /colorMode to be one of: grayscale, rgb, rgba\. Received: bgr/);
  refused({ colorMode: 'toString' }, /colorMode to be one of/);
  refused({ interpolation: 'cubic' }, /interpolation to be one of: bilinear, nearest, bicubic, area.*Received: cubic/);
  refused({ cropToAspectRatio: true, padToAspectRatio: true }, /Received: both\. Leave one of them out/);
  assert.throws(() => decodingOf([8, 0], {}, 'targetSize'), /targetSize to be \[height, width\].*Received: \[8,0\]/);
});
