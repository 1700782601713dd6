import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { drawCatsAndDogs } from '../../src/datasets/cat_and_dog_drawings';
import * as tf from '../../src/tf';
import { randomGenerator, shuffle } from '../../src/utils/random';

const FEW = { train: 2, validation: 1, test: 1 };
let scratch: string;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'thaw-drawings-'));
});

after(() => rm(scratch, { recursive: true }));

/** All files below `directory`, as path from there and bytes in hexadecimal. */
async function contents(directory: string): Promise<Record<string, string>> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const pairs = paths.map(async (path) => [path.slice(directory.length + 1), await readFile(path, 'hex')] as const);
  return Object.fromEntries((await Promise.all(pairs)).sort());
}

test('the drawings lie where the photographs would, numbered through the three sets', async () => {
  const directory = join(scratch, 'layout');
  await drawCatsAndDogs(directory, { counts: FEW });
  assert.deepEqual(Object.keys(await contents(directory)), [
    'test/cat/cat.3.jpg',
    'test/dog/dog.3.jpg',
    'train/cat/cat.0.jpg',
    'train/cat/cat.1.jpg',
    'train/dog/dog.0.jpg',
    'train/dog/dog.1.jpg',
    'validation/cat/cat.2.jpg',
    'validation/dog/dog.2.jpg',
  ]);
});

test('a set of none is left out, and an unknown option refused', async () => {
  const directory = join(scratch, 'training-alone');
  await drawCatsAndDogs(directory, { counts: { train: 1, validation: 0, test: 0 } });
  assert.deepEqual(Object.keys(await contents(directory)), ['train/cat/cat.0.jpg', 'train/dog/dog.0.jpg']);
  const misspelt = { count: FEW } as Parameters<typeof drawCatsAndDogs>[1];
  await assert.rejects(drawCatsAndDogs(directory, misspelt), /Received: count, which/);
});

test('the same seed gives the same bytes, another seed others', async () => {
  const [first, again, other] = ['first', 'again', 'other'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  await drawCatsAndDogs(first, { seed: 7, counts: FEW });
  await drawCatsAndDogs(again, { seed: 7, counts: FEW });
  await drawCatsAndDogs(other, { seed: 8, counts: FEW });
  const drawn = await contents(first);
  assert.deepEqual(await contents(again), drawn);
  const bytes = [...Object.values(drawn), ...Object.values(await contents(other))];
  assert.equal(new Set(bytes).size, 16, 'no drawing occurs twice, in one set or in two');
});

test('a second run keeps what is there, draws what is missing, and says how far it is', async () => {
  const directory = join(scratch, 'resumed');
  await drawCatsAndDogs(directory, { counts: FEW });
  const whole = await contents(directory);
  const kept = join(directory, 'train/cat/cat.1.jpg');
  const { mtimeMs } = await stat(kept);
  for (const lost of ['train/cat/cat.0.jpg', 'test/dog/dog.3.jpg']) await unlink(join(directory, lost));
  const told: string[] = [];
  await drawCatsAndDogs(directory, { counts: FEW, onProgress: (done, total) => told.push(`${done}/${total}`) });
  assert.deepEqual(told, ['6/8', '7/8', '8/8']);
  assert.deepEqual(await contents(directory), whole);
  assert.equal((await stat(kept)).mtimeMs, mtimeMs);
});

test('a directory that cannot be made is named in the error', async () => {
  const file = join(scratch, 'a_file');
  await writeFile(file, '');
  await assert.rejects(drawCatsAndDogs(file, { counts: FEW }), /a_file/);
});

test('a drawing that cannot be read is named in the error, and not drawn over', async () => {
  const path = join(scratch, 'loop', 'train', 'cat', 'cat.0.jpg');
  await mkdir(dirname(path), { recursive: true });
  await symlink(path, path);
  await assert.rejects(drawCatsAndDogs(join(scratch, 'loop'), { counts: FEW }), /ELOOP.*cat\.0\.jpg/);
});

test('each drawing is a JPEG of 200 × 200 RGB pixels, and drawing leaves no tensor behind', async () => {
  const directory = join(scratch, 'pixels');
  const before = tf.memory().numTensors;
  await drawCatsAndDogs(directory, { seed: 3, counts: FEW });
  assert.equal(tf.memory().numTensors, before);
  for (const hex of Object.values(await contents(directory))) {
    const image = tf.node.decodeJpeg(Buffer.from(hex, 'hex'), 0);
    assert.deepEqual(image.shape, [200, 200, 3]);
    image.dispose();
  }
});

/** The drawings of one set at 32 × 32 pixels, and their classes (dog = 1), in a seeded order. */
async function smallPixels(directory: string, set: string): Promise<{ xs: tf.Tensor4D; ys: tf.Tensor2D }> {
  const drawn = Object.entries(await contents(join(directory, set)));
  const images: tf.Tensor3D[] = [];
  const classes: number[] = [];
  for (const [path, hex] of shuffle(drawn, randomGenerator(1))) {
    const bytes = Buffer.from(hex, 'hex');
    images.push(tf.tidy(() => tf.image.resizeBilinear(tf.node.decodeJpeg(bytes) as tf.Tensor3D, [32, 32]).div(255)));
    classes.push(path.startsWith('dog') ? 1 : 0);
  }
  return { xs: tf.stack(images) as tf.Tensor4D, ys: tf.tensor2d(classes, [classes.length, 1]) };
}

test('raw pixels do not tell the classes apart: a head on them stays below 0.7 on drawings that it has not seen', async () => {
  const directory = join(scratch, 'raw');
  await drawCatsAndDogs(directory, { counts: { train: 150, validation: 0, test: 75 } });
  const training = await smallPixels(directory, 'train');
  const testing = await smallPixels(directory, 'test');
  const sigmoid = () =>
    tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) });
  const hidden = tf.layers.dense({
    units: 256,
    activation: 'relu',
    kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
  });
  const heads = {
    'logistic regression': [tf.layers.flatten({ inputShape: [32, 32, 3] }), sigmoid()],
    "the chapter's head": [
      tf.layers.flatten({ inputShape: [32, 32, 3] }),
      hidden,
      tf.layers.dropout({ rate: 0.5, seed: 3 }),
      sigmoid(),
    ],
  };
  for (const [name, layers] of Object.entries(heads)) {
    const model = tf.sequential({ layers });
    model.compile({ optimizer: tf.train.adam(0.001), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
    // The drawings are in a seeded order already.
    const { history } = await model.fit(training.xs, training.ys, {
      epochs: 30,
      shuffle: false,
      verbose: 0,
      validationData: [testing.xs, testing.ys],
    });
    const best = Math.max(...(history.val_acc as number[]));
    assert.ok(
      best < 0.7,
      `${name} on raw pixels: test accuracy ${best.toFixed(3)} in its best epoch, expected below 0.7`,
    );
  }
});
