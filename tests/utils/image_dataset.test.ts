import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, type TestContext } from 'node:test';
import * as tf from '../../src/tf';
import { type DecodingArgs, decodingOf } from '../../src/utils/decoding';
import { imageDatasetFromDirectory } from '../../src/utils/image_dataset';
import { pictureKey } from '../../src/utils/picture_key';
import { collectGarbage } from '../support/collect_garbage';
import { jpeg, png, webp } from '../support/picture_files';
import { typescript } from '../support/root';
import { setEnv } from '../support/set_env';

const root = mkdtempSync(path.join(tmpdir(), 'thaw-images-'));
after(() => rmSync(root, { recursive: true }));
const size = { imageSize: [8, 8] as [number, number], batchSize: 2 };

/** A new folder with `count` small pictures in each class. */
async function pictures(name: string, count: number, classes = ['cat', 'dog']): Promise<string> {
  const picture = await jpeg(10, 12);
  for (const each of classes) {
    mkdirSync(path.join(root, name, each), { recursive: true });
    for (let index = 0; index < count; index++) writeFileSync(path.join(root, name, each, `${index}.jpg`), picture);
  }
  return path.join(root, name);
}

async function orderOf(dataset: AsyncIterable<{ xs: tf.Tensor4D; ys: tf.Tensor2D }>): Promise<number[]> {
  const order: number[] = [];
  for await (const { xs, ys } of dataset) {
    order.push(...ys.dataSync());
    tf.dispose([xs, ys]);
  }
  return order;
}

test('labels have the shape and type of their mode', async () => {
  const folder = await pictures('modes', 3);
  for (const [labelMode, dtype, shape, values] of [
    ['int', 'int32', [2, 1], [0, 0]],
    ['binary', 'float32', [2, 1], [0, 0]],
    ['categorical', 'float32', [2, 2], [1, 0, 1, 0]],
  ] as const) {
    const dataset = await imageDatasetFromDirectory(folder, { ...size, shuffle: false, labelMode });
    for await (const { xs, ys } of dataset) {
      assert.deepEqual([xs.shape, xs.dtype], [[2, 8, 8, 3], 'float32']);
      assert.deepEqual([ys.shape, ys.dtype, [...ys.dataSync()]], [shape, dtype, values]);
      tf.dispose([xs, ys]);
      break;
    }
  }
  const plain = await imageDatasetFromDirectory(folder, { ...size, labelMode: null });
  assert.deepEqual([plain.size, plain.classNames], [3, []]);
  for await (const images of plain) {
    assert.deepEqual(images.shape, [2, 8, 8, 3]);
    images.dispose();
  }
});

test('every epoch has its own order, and the same seed the same orders', async () => {
  const folder = await pictures('orders', 12);
  const dataset = await imageDatasetFromDirectory(folder, { ...size, seed: 5 });
  const again = await imageDatasetFromDirectory(folder, { ...size, seed: 5 });
  const [first, second] = [await orderOf(dataset), await orderOf(dataset)];
  assert.notDeepEqual(first, second);
  assert.deepEqual([await orderOf(again), await orderOf(again)], [first, second]);
  assert.deepEqual(first.sort(), [...Array(12).fill(0), ...Array(12).fill(1)]);
});

test('fitDataset() and evaluateDataset() take it, with a smaller last batch, and nothing leaks', async () => {
  const folder = await pictures('fit', 3);
  for (const labelMode of ['int', 'binary', 'categorical'] as const) {
    const dataset = await imageDatasetFromDirectory(folder, { imageSize: [8, 8], batchSize: 4, seed: 1, labelMode });
    assert.equal(dataset.size, 2);
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [8, 8, 3] }),
        tf.layers.dense(
          labelMode === 'categorical' ? { units: 2, activation: 'softmax' } : { units: 1, activation: 'sigmoid' },
        ),
      ],
    });
    const loss = labelMode === 'categorical' ? 'categoricalCrossentropy' : 'binaryCrossentropy';
    model.compile({ optimizer: 'rmsprop', loss, metrics: ['accuracy'] });
    await model.fitDataset(dataset, { epochs: 1, verbose: 0 });
    const before = tf.memory().numTensors;
    const { history } = await model.fitDataset(dataset, { epochs: 2, verbose: 0, validationData: dataset });
    tf.dispose(await model.evaluateDataset(dataset, {}));
    assert.deepEqual(Object.keys(history).sort(), ['acc', 'loss', 'val_acc', 'val_loss']);
    assert.equal(history.acc!.length, 2);
    assert.equal(tf.memory().numTensors, before);
  }
});

test('no tensor is left after a whole walk, one that stops early or one that is interrupted', async () => {
  const dataset = await imageDatasetFromDirectory(await pictures('leaks', 6), { ...size, labelMode: 'categorical' });
  const before = tf.memory().numTensors;
  assert.equal((await orderOf(dataset)).length, 24);
  for await (const { xs, ys } of dataset) {
    tf.dispose([xs, ys]);
    break;
  }
  const listens = () => {};
  process.on('SIGINT', listens);
  const walk = dataset[Symbol.asyncIterator]();
  tf.dispose((await walk.next()).value);
  process.emit('SIGINT');
  await assert.rejects(walk.next(), /Interrupted while reading the pictures/);
  process.off('SIGINT', listens);
  assert.equal(tf.memory().numTensors, before);
  assert.equal(process.listenerCount('SIGINT'), 0);
});

test('the next batches are there before they are asked for, read while this thread was blocked', async () => {
  const folder = await pictures('ahead', 20);
  const dataset = await imageDatasetFromDirectory(folder, { ...size, batchSize: 1, shuffle: false });
  const walk = dataset[Symbol.asyncIterator]();
  tf.dispose((await walk.next()).value);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
  rmSync(path.join(folder, 'cat', '1.jpg'));
  rmSync(path.join(folder, 'dog', '9.jpg'));
  for (let count = 0; count < 38; count++) tf.dispose((await walk.next()).value);
  await assert.rejects(walk.next(), /Could not decode .*dog.9\.jpg: ENOENT/);
});

test('walks share what they can, leave no file, and end where nobody goes on with them', async (t) => {
  const temporary = path.join(root, 'temporary');
  mkdirSync(temporary);
  setEnv(t, 'TMPDIR', temporary);
  const pipelines = () => tf.nodeBackend().binding.getNumOfSavedModels();
  const dataset = await imageDatasetFromDirectory(await pictures('ends', 6), size);
  await orderOf(dataset);
  const before = pipelines();
  await orderOf(dataset);
  assert.equal(pipelines(), before);
  await (async () => {
    const walks = [1, 2, 3].map(() => dataset[Symbol.asyncIterator]());
    for (const walk of walks) tf.dispose((await walk.next()).value);
  })();
  const open = pipelines();
  assert.ok(open >= 3);
  await collectGarbage();
  assert.equal(pipelines(), open - 3);
  assert.deepEqual(readdirSync(temporary), []);
});

test('walks at once give each their own pictures', async () => {
  const colours = [40, 90, 140, 190];
  const walks = await Promise.all(
    colours.map(async (colour) => {
      const folder = path.join(root, `colour-${colour}`);
      mkdirSync(folder);
      const picture = await tf.node.encodePng(tf.tidy(() => tf.fill([6, 6, 3], colour, 'int32') as tf.Tensor3D));
      for (let index = 0; index < 20; index++) writeFileSync(path.join(folder, `${index}.png`), picture);
      const dataset = await imageDatasetFromDirectory(folder, { ...size, labelMode: null });
      return dataset[Symbol.asyncIterator]();
    }),
  );
  for (let batch = 0; batch < 10; batch++) {
    for (const [index, walk] of walks.entries()) {
      const xs = (await walk.next()).value as tf.Tensor4D;
      assert.deepEqual(new Set(xs.dataSync()), new Set([colours[index]]));
      xs.dispose();
    }
  }
  for (const walk of walks) assert.equal((await walk.next()).done, true);
});

test('the key tells of names, contents and size, not of the folder, the batches or their order', async () => {
  const folder = (name: string) => path.join(root, name);
  for (const [name, contents] of Object.entries({ 'cat/a.jpg': 'one', 'dog/b.jpg': 'two' })) {
    mkdirSync(path.dirname(path.join(folder('keys'), name)), { recursive: true });
    writeFileSync(path.join(folder('keys'), name), contents);
  }
  cpSync(folder('keys'), folder('copied'), { recursive: true });
  const keyOf = async (name: string, args: Parameters<typeof imageDatasetFromDirectory>[1]) =>
    (await imageDatasetFromDirectory(folder(name), args)).key();
  const key = await keyOf('keys', size);
  // The feature banks of before it was the dataset's to say.
  assert.equal(key, '7ca129b4d007ba48d1ec25933af7e13474b6437fd5ca25d3b4425a78628e3df1');
  assert.equal(await keyOf('copied', { ...size, batchSize: 7, shuffle: false, labelMode: 'binary', seed: 3 }), key);
  assert.notEqual(await keyOf('keys', { imageSize: [8, 9] }), key);
  renameSync(path.join(folder('copied'), 'dog', 'b.jpg'), path.join(folder('copied'), 'dog', 'c.jpg'));
  assert.notEqual(await keyOf('copied', size), key);

  const dataset = await imageDatasetFromDirectory(folder('copied'), size);
  const gone = path.join(folder('copied'), 'cat', 'a.jpg');
  rmSync(gone);
  await assert.rejects(dataset.key(), new RegExp(`A picture is gone since its folder was listed.*Received: ${gone}`));
  symlinkSync(gone, gone);
  await assert.rejects(dataset.key(), /ELOOP.*a\.jpg/);
});

test('once there is a key, inOrder() gives the pictures that it stands for, or throws', async () => {
  const folder = await pictures('swapped', 4);
  const file = (index: number) => path.join(folder, 'dog', `${index}.jpg`);
  const dataset = await imageDatasetFromDirectory(folder, { ...size, shuffle: false });
  const [whole, other] = [await jpeg(10, 12), await jpeg(11, 12)];
  const before = tf.memory().numTensors;
  const walk = async (start?: number, end?: number) => {
    let batches = 0;
    for await (const xs of dataset.inOrder(start, end)) {
      xs.dispose();
      batches++;
    }
    return batches;
  };
  const changed = { message: `${file(3)} was changed while the pictures were read: make the dataset anew.` };
  writeFileSync(file(3), other);
  assert.equal(await walk(), 4); // no key, no matter
  await dataset.key();
  assert.equal(await walk(), 4);
  writeFileSync(file(3), whole);
  await assert.rejects(walk(), changed);
  await assert.rejects(walk(6, 8), changed);
  assert.equal(await walk(0, 6), 3); // without it
  assert.equal((await orderOf(dataset)).length, 8); // an epoch shows what there is
  await dataset.key(); // of the picture as it is now
  const long = await imageDatasetFromDirectory(folder, { imageSize: [8, 8], batchSize: 1, labelMode: null });
  await long.key();
  let given = 0;
  const swapsLater = async () => {
    for await (const xs of long.inOrder()) {
      xs.dispose();
      if (++given === 1) writeFileSync(file(3), other);
    }
  };
  await assert.rejects(swapsLater(), changed);
  assert.equal(given, 7); // those before it came out
  assert.equal(tf.memory().numTensors, before);
});

test('what became a pipe, a link to a device or too large since it was listed is named, and nothing is left', {
  timeout: 120_000,
}, async () => {
  const folder = await pictures('turned', 4);
  const file = path.join(folder, 'dog', '3.jpg');
  const dataset = await imageDatasetFromDirectory(folder, { ...size, shuffle: false });
  await orderOf(dataset);
  const large = path.join(folder, 'large');
  writeFileSync(large, '');
  truncateSync(large, 20 * 2 ** 30);
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  const bomb = Buffer.from(await png(4, 4, 3));
  bomb.writeUInt32BE(20000, 16);
  bomb.writeUInt32BE(20000, 20);
  const left = () => ({
    tensors: tf.memory().numTensors,
    files: readdirSync('/dev/fd').length,
    listeners: process.listenerCount('SIGINT'),
  });
  const pipelines = () => tf.nodeBackend().binding.getNumOfSavedModels();
  const [before, most] = [left(), pipelines()];
  for (const [turn, reason] of [
    [() => renameSync(path.join(folder, 'pipe'), file), 'it is a named pipe, not a file.'],
    [() => symlinkSync('/dev/zero', file), 'it is a device, not a file.'],
    [() => mkdirSync(file), 'it is a folder, not a file.'],
    [() => symlinkSync(large, file), 'it has 21475 MB, and may have 100 MB: make it smaller.'],
    [() => writeFileSync(file, bomb), 'it has 20000 × 20000 pixels, and may have 100 million: make it smaller.'],
    [() => {}, 'ENOENT: no such file or directory'],
  ] as const) {
    rmSync(file, { recursive: true, force: true });
    turn();
    const walk = dataset[Symbol.asyncIterator]();
    for (let batch = 0; batch < 3; batch++) tf.dispose((await walk.next()).value);
    await assert.rejects(walk.next(), (error: Error) => {
      return (
        error.message.startsWith(`Could not decode ${file}: ${reason}`) && / Expected a whole JPEG/.test(error.message)
      );
    });
    if (!reason.includes('pixels')) await assert.rejects(dataset.key(), new RegExp(`${file}`));
  }
  assert.deepEqual(left(), before);
  assert.ok(pipelines() <= most); // those that were kept for the next walk were of no more use
});

test('a setting of decoding that is left out keeps the key, any other changes it', () => {
  const { imageSize } = size;
  const key = (args: DecodingArgs) => pictureKey(new Map(), root, decodingOf(imageSize, args));
  const plain = pictureKey(new Map(), root, { imageSize });
  // That of before there were other settings.
  assert.equal(plain, createHash('sha256').update('[8,8]').digest('hex'));
  for (const args of [{}, { colorMode: 'rgb', interpolation: 'bilinear', cropToAspectRatio: false }] as const) {
    assert.equal(key(args), plain);
  }
  const others = [
    ...(['grayscale', 'rgba'] as const).map((colorMode) => ({ colorMode })),
    ...(['nearest', 'bicubic', 'area', 'lanczos3', 'lanczos5', 'gaussian', 'mitchellcubic'] as const).map(
      (interpolation) => ({ interpolation }),
    ),
    ...[{ cropToAspectRatio: true }, { padToAspectRatio: true }],
    { colorMode: 'grayscale', interpolation: 'nearest', padToAspectRatio: true } as const,
  ];
  assert.equal(new Set([plain, ...others.map(key)]).size, 1 + others.length);
});

test('a file that cannot be decoded is named, and the walk ends', async () => {
  const whole = await jpeg(200, 200);
  for (const [name, contents] of [
    ['truncated.jpg', whole.subarray(0, whole.length / 2)],
    ['text.jpg', Buffer.from('This is no picture.')],
    ['empty.png', Buffer.alloc(0)],
  ] as const) {
    const folder = await pictures(`bad-${name}`, 2);
    const bad = path.join(folder, 'dog', name);
    writeFileSync(bad, contents);
    const dataset = await imageDatasetFromDirectory(folder, { ...size, shuffle: false });
    const walk = dataset[Symbol.asyncIterator]();
    tf.dispose((await walk.next()).value);
    tf.dispose((await walk.next()).value);
    await assert.rejects(walk.next(), (error: Error) => error.message.startsWith(`Could not decode ${bad}: `));
    assert.deepEqual(await walk.next(), { value: undefined, done: true });
    rmSync(bad);
    const mended = await imageDatasetFromDirectory(folder, { ...size, shuffle: false });
    assert.deepEqual(await orderOf(mended), [0, 0, 1, 1]);
  }
});

test('a folder that does not fit is refused with what to do', async () => {
  const of = (name: string, labelMode: 'int' | 'binary' = 'int') =>
    imageDatasetFromDirectory(path.join(root, name), { labelMode });
  await assert.rejects(of('nowhere'), /Expected a folder of pictures.*nowhere.*ENOENT/);
  mkdirSync(path.join(root, 'bare'));
  await assert.rejects(of('bare'), /Expected at least 2 class folders.*Received: 0 in .*bare/);
  await assert.rejects(
    imageDatasetFromDirectory(path.join(root, 'bare'), { labelMode: null }),
    /Expected pictures.*Received: none in .*bare/,
  );
  await pictures('one', 1, ['cat']);
  await assert.rejects(of('one'), /Expected at least 2 class folders.*Received: 1 in .*one \(cat\).*labelMode: null/);
  await pictures('three', 1, ['bird', 'cat', 'dog']);
  await assert.rejects(of('three', 'binary'), /exactly 2 class folders.*Received: 3 in .*\(bird, cat, dog\)/);
  mkdirSync(path.join(root, 'one', 'dog'));
  await assert.rejects(of('one'), /Expected pictures.*Received: none in .*one\/dog/);
});

/** Names of the pictures of a dataset below its folder. */
const namesOf = ({ filePaths, directory }: { filePaths: string[]; directory: string }) =>
  filePaths.map((file) => path.relative(directory, file));

/** What a dataset prints while it is made. */
async function printed(t: TestContext, make: () => Promise<unknown>): Promise<string[]> {
  const log = t.mock.method(console, 'log', () => {});
  await make();
  log.mock.restore();
  return log.mock.calls.map(({ arguments: [line] }) => String(line));
}

test('validationSplit and subset give the pictures that Keras gives for the seed, in order, each in one subset', async (t) => {
  const folder = await pictures('split', 6);
  const split = { ...size, validationSplit: 0.4, seed: 1 };
  const training = await imageDatasetFromDirectory(folder, { ...split, subset: 'training' });
  const validation = await imageDatasetFromDirectory(folder, { ...split, subset: 'validation' });
  // As Keras 3.15 has them.
  assert.deepEqual(namesOf(validation), ['cat/5.jpg', 'dog/2.jpg', 'dog/3.jpg', 'dog/5.jpg']);
  assert.deepEqual(training.classNames, ['cat', 'dog']);
  assert.deepEqual([training.size, validation.size, training.shuffled, validation.shuffled], [4, 2, true, true]);
  const whole = await imageDatasetFromDirectory(folder, size);
  assert.deepEqual([...namesOf(training), ...namesOf(validation)].sort(), namesOf(whole));
  assert.deepEqual((await orderOf(validation)).sort(), [0, 1, 1, 1]);
  assert.deepEqual([...validation.labelsOf([0, 1, 2, 3]).dataSync()], [0, 1, 1, 1]);
  assert.deepEqual([...validation.labels().dataSync()], [0, 1, 1, 1]);
  assert.equal(new Set([await training.key(), await validation.key(), await whole.key()]).size, 3);

  const both = () => imageDatasetFromDirectory(folder, { ...split, subset: 'both' });
  assert.deepEqual(await printed(t, both), [
    'Found 12 files belonging to 2 classes.',
    'Using 8 files for training.',
    'Using 4 files for validation.',
  ]);
  const [first, second] = await both();
  assert.deepEqual([first.filePaths, second.filePaths], [training.filePaths, validation.filePaths]);
  assert.deepEqual([first.shuffled, second.shuffled], [true, false]);
  assert.deepEqual(await orderOf(second), [0, 1, 1, 1]);
  assert.equal(await second.key(), await validation.key());

  const unlabelled = { ...split, subset: 'both', labels: null } as const;
  const [, plain] = await imageDatasetFromDirectory(folder, unlabelled);
  assert.deepEqual([plain.filePaths, plain.classNames], [validation.filePaths, []]);
  for await (const images of plain) images.dispose();
  const last = { ...split, subset: 'validation', shuffle: false } as const;
  assert.deepEqual(
    namesOf(await imageDatasetFromDirectory(folder, last)),
    [2, 3, 4, 5].map((each) => `dog/${each}.jpg`),
  );
  const stratified = { ...last, stratified: true };
  assert.deepEqual(namesOf(await imageDatasetFromDirectory(folder, stratified)), [
    'cat/4.jpg',
    'cat/5.jpg',
    'dog/4.jpg',
    'dog/5.jpg',
  ]);
});

test('labels are given, or are those of chosen classes in a chosen order', async () => {
  const folder = await pictures('chosen', 2, ['a', 'b', 'c']);
  const chosen = await imageDatasetFromDirectory(folder, { ...size, classNames: ['c', 'a'], shuffle: false });
  assert.deepEqual(namesOf(chosen), ['c/0.jpg', 'c/1.jpg', 'a/0.jpg', 'a/1.jpg']);
  assert.deepEqual(
    [chosen.classNames, await orderOf(chosen)],
    [
      ['c', 'a'],
      [0, 0, 1, 1],
    ],
  );
  const labels = [7, 5, 7, 5, 7, 7];
  const given = await imageDatasetFromDirectory(folder, { ...size, labels, shuffle: false });
  assert.deepEqual([given.classNames, await orderOf(given)], [['5', '7'], labels]);
  const plain = await imageDatasetFromDirectory(folder, { ...size, labels: null });
  for await (const images of plain) images.dispose();
  assert.throws(() => plain.labelsOf([0]), /labelMode null/);
  assert.throws(() => plain.labels(), /labelMode null/);
  const outside = path.join(await pictures('linked', 1, ['more']), 'more');
  symlinkSync(outside, path.join(folder, 'b', 'more'));
  assert.equal((await imageDatasetFromDirectory(folder, { ...size, followLinks: true })).filePaths.length, 7);
  assert.equal((await imageDatasetFromDirectory(folder, size)).filePaths.length, 6);
});

test('what is skipped is told in a line, and WebPs are pictures', async (t) => {
  const folder = await pictures('told', 1);
  writeFileSync(path.join(folder, 'cat', 'notes.txt'), '');
  writeFileSync(path.join(folder, 'cat', 'one.webp'), webp());
  writeFileSync(path.join(folder, '.hidden'), '');
  const make = () => imageDatasetFromDirectory(folder, { imageSize: [14, 20], shuffle: false, labels: null });
  assert.deepEqual(await printed(t, make), [
    'Found 3 files.',
    'Skipped 1 hidden (.hidden); 1 of another format (cat/notes.txt).',
  ]);
  const [batch] = await (await make()).toArray();
  const orange = batch!.slice([1, 5, 5, 0], [1, 1, 1, 3]);
  const worst = Math.max(...[...orange.dataSync()].map((level, channel) => Math.abs(level - [200, 60, 20][channel]!)));
  assert.ok(worst < 12, `off by ${worst}`);
  tf.dispose([batch!, orange]);
  writeFileSync(path.join(folder, 'cat', 'one.webp'), webp(true));
  await assert.rejects((await make()).toArray(), /Could not decode .*one\.webp: /);
});

test('options that contradict each other are refused with what to do', async () => {
  const folder = await pictures('contradicting', 4);
  const refused = (args: object, message: RegExp) =>
    assert.rejects(
      Reflect.apply(imageDatasetFromDirectory, undefined, [folder, { ...size, seed: 1, ...args }]),
      message,
    );
  await refused({ validationSplit: 0.2 }, /validationSplit and subset together.*subset=undefined/);
  await refused({ subset: 'training' }, /validationSplit and subset together.*validationSplit=undefined/);
  await refused({ stratified: true }, /validationSplit and subset together/);
  await refused(
    { validationSplit: 0.2, subset: 'test' },
    /subset to be 'training', 'validation' or 'both'.*Received: test/,
  );
  for (const validationSplit of [0, 1, 25, '0.2x'])
    await refused({ validationSplit, subset: 'both' }, /validationSplit to be between 0 and 1/);
  for (const seed of [undefined, -1, 0.5, 2 ** 32])
    await refused(
      { validationSplit: 0.5, subset: 'both', seed },
      /a seed from 0 to 4294967295.*Received: .*shuffle: false/,
    );
  await refused(
    { validationSplit: 0.5, subset: 'both', stratified: true, labels: null },
    /by which pictures are stratified/,
  );
  await refused({ validationSplit: 0.01, subset: 'both' }, /enough pictures for both subsets\. Received: 8/);
  await refused({ labels: 'none' }, /labels to be 'inferred', null or a whole number for each/);
  await refused({ labels: [0.5] }, /labels to be 'inferred', null or a whole number for each/);
  await refused({ labels: [0, 1], classNames: ['cat'] }, /classNames with labels that are 'inferred'/);
  await refused({ labelMode: null, classNames: ['cat'] }, /classNames with labels that are 'inferred'.*labelMode null/);
  await refused({ classNames: [] }, /classNames to be a list of folders/);
  await refused({ validation_split: 0.2 }, /Received: validation_split, which it doesn't know/);
});

test('arguments of the wrong kind are refused', async () => {
  const folder = await pictures('arguments', 1);
  await assert.rejects(imageDatasetFromDirectory(folder, { imageSize: [180, 0] }), /imageSize.*Received: \[180,0\]/);
  await assert.rejects(imageDatasetFromDirectory(folder, { batchSize: 1.5 }), /batchSize.*Received: 1.5/);
  await assert.rejects(imageDatasetFromDirectory(folder, JSON.parse('{"labelMode":"text"}')), /Received: text/);
});

/** Starts a program that walks slowly over `folder`; returns it once it has had a batch. */
async function walker(folder: string, before = '') {
  const source = `
    import { imageDatasetFromDirectory } from ${JSON.stringify(path.resolve('src/utils/image_dataset.ts'))};
    ${before}
    async function main() {
      const dataset = await imageDatasetFromDirectory(${JSON.stringify(folder)}, { imageSize: [8, 8], batchSize: 1 });
      for await (const { xs, ys } of dataset) {
        xs.dispose(); ys.dispose(); console.log('batch');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    main().catch((error) => { console.log(error.message); process.exitCode = 3; });`;
  const file = path.join(folder, 'walker.ts');
  writeFileSync(file, source);
  const program = spawn(process.execPath, [...typescript, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  program.stdout.on('data', (data) => {
    output += data;
  });
  while (!output.includes('batch')) await once(program.stdout, 'data');
  const ended = async () => {
    const [code, signal] = await once(program, 'close');
    return { code, signal, output };
  };
  return { program, ended };
}

test('Ctrl-C ends a plain program', { timeout: 60_000 }, async () => {
  const { program, ended } = await walker(await pictures('plain', 300));
  program.kill('SIGINT');
  assert.equal((await ended()).signal, 'SIGINT');
});

test('Ctrl-C ends the walk with an error where the program listens itself', { timeout: 60_000 }, async () => {
  const { program, ended } = await walker(await pictures('listens', 300), "process.on('SIGINT', () => {});");
  program.kill('SIGINT');
  const { code, output } = await ended();
  assert.equal(code, 3);
  assert.match(output, /Interrupted while reading the pictures in .*listens/);
});
