import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import * as tf from '../../src/tf';
import { type ImageDatasetArgs, imageDatasetFromDirectory } from '../../src/utils/image_dataset';
import { readFloats, runKeras } from '../support/keras';
import { reportWorst } from '../support/parity';
import { bmp, gif, jpeg, lyingJpeg, png, webp } from '../support/picture_files';

const root = mkdtempSync(path.join(tmpdir(), 'thaw-images-'));
after(() => rmSync(root, { recursive: true }));

interface Group {
  name: string;
  /** What the group is told with, where there are many. */
  kind?: string;
  directory: string;
  args: ImageDatasetArgs & { labelMode?: 'int' };
  /** Whether pixels and labels are compared, not the files alone. */
  pixels: boolean;
}

const SIZES: [number, number][] = [
  [40, 60],
  [57, 31],
];
const INTERPOLATIONS = ['nearest', 'bicubic', 'area', 'lanczos3', 'lanczos5', 'gaussian', 'mitchellcubic'] as const;
/** Which of them Keras can crop by. */
const CROPPING = INTERPOLATIONS.slice(0, 5);

/** The options that change pixels, in pairs enough. */
function optionGroups(directory: string, ofPngs: string): Group[] {
  const all: Omit<Group['args'], 'imageSize'>[] = [
    ...INTERPOLATIONS.map((interpolation) => ({ interpolation })),
    ...(['grayscale', 'rgba'] as const).map((colorMode) => ({ colorMode })),
    ...[undefined, ...CROPPING].map((interpolation) => ({
      cropToAspectRatio: true,
      ...(interpolation && { interpolation }),
    })),
    ...[undefined, ...INTERPOLATIONS].map((interpolation) => ({
      padToAspectRatio: true,
      ...(interpolation && { interpolation }),
    })),
    { colorMode: 'grayscale', cropToAspectRatio: true, interpolation: 'bicubic' },
    { colorMode: 'rgba', padToAspectRatio: true, interpolation: 'nearest' },
  ];
  return all.flatMap((options) =>
    SIZES.map((imageSize) => ({
      name: `${Object.entries(options).map(String).join(' ').replaceAll(',', ' ')} ${imageSize.join('×')}`,
      // TensorFlow makes four channels of a PNG alone.
      directory: options.colorMode === 'rgba' ? ofPngs : directory,
      ...{ kind: 'other colours, interpolations and aspect ratios', pixels: true },
      args: { ...options, imageSize, shuffle: false },
    })),
  );
}

/** The options that choose pictures. */
function choiceGroups(directory: string): Group[] {
  const split = (seed: number, validationSplit: number, more: Group['args'] = {}) =>
    (['training', 'validation'] as const).map((subset) => ({ seed, validationSplit, subset, ...more }));
  const all: Group['args'][] = [
    {},
    ...[0, 1, 1337, 2 ** 32 - 1].flatMap((seed) => split(seed, 0.2)),
    ...split(3, 0.29),
    ...split(3, 0.5, { shuffle: false }),
    ...split(3, 0.5, { classNames: ['🐱', 'a'] }),
    { classNames: ['ﾈｺ', 'z', 'a'], shuffle: false },
    { labels: [...Array(48).keys()].map((place) => (place * 7) % 5), shuffle: false },
    { followLinks: true, shuffle: false },
  ];
  return all.map((args, index) => ({
    ...{ name: `choice ${index}`, kind: 'chosen pictures and labels' },
    ...{ directory, pixels: args.shuffle === false, args: { imageSize: [4, 4] as [number, number], ...args } },
  }));
}

test('pixels, labels and order equal Python Keras to one level', async (t) => {
  const [various, formats, shapes, pngs, chosen] = ['various', 'formats', 'shapes', 'pngs', 'chosen'].map((name) =>
    path.join(root, name),
  ) as [string, string, string, string, string];
  for (const folder of [various, formats, shapes, pngs])
    for (const name of ['cat', 'dog']) mkdirSync(path.join(folder, name), { recursive: true });
  const real = path.resolve(
    process.env.THAW_HOME ?? path.join(process.env.HOME!, '.cache/thaw'),
    'cats_vs_dogs_small/test',
  );
  for (const name of existsSync(real) ? ['cat', 'dog'] : []) {
    for (const file of readdirSync(path.join(real, name)).slice(0, 20)) {
      copyFileSync(path.join(real, name, file), path.join(various, name, file));
    }
  }
  mkdirSync(path.join(various, 'dog', 'more'));
  writeFileSync(path.join(various, 'cat', 'grey.JPEG'), await jpeg(90, 120, 1));
  writeFileSync(path.join(various, 'cat', 'big.jpg'), await jpeg(1500, 2000));
  writeFileSync(path.join(various, 'cat', 'notes.txt'), 'no picture, no matter');
  writeFileSync(path.join(various, 'dog', 'more', 'clear.png'), await png(70, 50, 4));
  writeFileSync(path.join(various, 'dog', 'b.bmp'), bmp(33, 47));
  // All of one size, so that they can be compared without being resized.
  writeFileSync(path.join(formats, 'cat', 'colour.jpg'), await jpeg(48, 48));
  writeFileSync(path.join(formats, 'cat', 'grey.jpg'), await jpeg(48, 48, 1));
  writeFileSync(path.join(formats, 'cat', 'progressive.jpg'), await jpeg(48, 48, 3, true));
  writeFileSync(path.join(formats, 'cat', 'lying.jpg'), await lyingJpeg(48, 48));
  writeFileSync(path.join(formats, 'dog', 'opaque.png'), await png(48, 48, 3));
  writeFileSync(path.join(formats, 'dog', 'clear.png'), await png(48, 48, 4));
  writeFileSync(path.join(formats, 'dog', 'b.bmp'), bmp(48, 48));
  writeFileSync(path.join(formats, 'dog', 'moving.gif'), gif(48));

  writeFileSync(path.join(formats, 'dog', 'webp.jpg'), webp());
  for (const [index, [height, width]] of [
    [90, 120],
    [200, 41],
    [40, 60],
    [13, 170],
    [1, 1],
    [31, 57],
  ].entries()) {
    writeFileSync(path.join(shapes, 'cat', `${index}.jpg`), await jpeg(height!, width!));
    writeFileSync(path.join(pngs, 'cat', `${index}.png`), await png(height!, width!, 3));
    writeFileSync(path.join(pngs, 'dog', `${index}.png`), await png(height!, width!, 4));
    writeFileSync(path.join(shapes, 'dog', `${index}.png`), await png(height!, width!, 4));
  }
  for (const name of ['a', 'z', 'ﾈｺ', '🐱']) {
    for (const folder of ['', 'ﾈｺ', '🐱']) {
      mkdirSync(path.join(chosen, name, folder), { recursive: true });
      for (const file of ['b', 'ﾈ', '🐱', '.hidden']) {
        writeFileSync(path.join(chosen, name, folder, `${file}.png`), await png(4, 4, 3));
      }
    }
  }
  mkdirSync(path.join(root, 'linked'));
  for (const index of [0, 1]) writeFileSync(path.join(root, 'linked', `${index}.png`), await png(4, 4, 3));
  for (const name of ['a', 'z']) symlinkSync(path.join(root, 'linked'), path.join(chosen, name, 'linked'));
  symlinkSync(path.join(chosen, 'ﾈｺ'), path.join(chosen, 'y'));
  symlinkSync('/nowhere/else', path.join(chosen, 'old_link'));

  const plain = (name: string, directory: string, imageSize: [number, number]): Group => ({
    ...{ name, directory, pixels: true, args: { imageSize, shuffle: false } },
  });
  const groups = [
    plain('decoding JPEG, PNG, BMP, GIF and WebP', formats, [48, 48]),
    plain('resizing to 60×80', various, [60, 80]),
    plain('resizing to 180×180', various, [180, 180]),
    plain('resizing to 301×233', various, [301, 233]),
    ...optionGroups(shapes, pngs),
    ...choiceGroups(chosen),
  ];
  const out = mkdtempSync(path.join(root, 'out-'));
  writeFileSync(path.join(out, 'groups.json'), JSON.stringify(groups));
  runKeras(path.join(__dirname, 'image_dataset_keras.py'), out);

  const told = new Map<string, { worst: number; pictures: number }>();
  for (const { name, kind = name, directory, args, pixels } of groups) {
    const dataset = await imageDatasetFromDirectory(directory, { batchSize: 8, ...args } as { subset: 'training' });
    const { classNames, filePaths } = JSON.parse(readFileSync(path.join(out, `${name}.json`), 'utf8'));
    const inOrder = (paths: string[]) => (args.shuffle === false ? paths : [...paths].sort());
    assert.deepEqual(dataset.classNames, classNames, name);
    assert.deepEqual(inOrder(dataset.filePaths), inOrder(filePaths), name);
    if (!pixels) continue;
    const expected = readFloats(path.join(out, `${name}.pixels`));
    let at = 0;
    let { worst, pictures } = told.get(kind) ?? { worst: 0, pictures: 0 };
    const received: number[] = [];
    for await (const { xs, ys } of dataset) {
      for (const value of xs.dataSync()) worst = Math.max(worst, Math.abs(value - expected[at++]!));
      received.push(...ys.dataSync());
      tf.dispose([xs, ys]);
    }
    assert.equal(at, expected.length, name);
    assert.deepEqual(received, [...new Int32Array(readFloats(path.join(out, `${name}.labels`)).buffer)]);
    pictures += filePaths.length;
    told.set(kind, { worst, pictures });
  }
  for (const [kind, { worst, pictures }] of told) reportWorst(t, kind, worst, 1, `levels, ${pictures} pictures`);
});
