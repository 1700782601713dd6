import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { applications, callbacks, datasets, layers, utils } from '../../src';
import { prepareCatsVsDogs } from '../../src/datasets/cats_vs_dogs';
import * as tf from '../../src/tf';
import { getFile } from '../../src/utils/get_file';
import { withLock } from '../../src/utils/lock';
import { temporaryHome, withoutAssets } from '../support/temporary_home';

/** A name that colours a terminal red, breaks the line, and reads backwards. */
const NAME = 'cats \x1b[31m\n\u202eé';
const SHOWN = 'cats \\u001b[31m\\n\\u202eé';

/** What a text holds that is no text; its lines' ends aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
const unseen = (text: string) => text.replaceAll('\n  - ', '').match(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/g) ?? [];

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`expected an error of ${work}`);
}

/** A server that says no in words with an escape code of one byte. */
async function rudeServer(t: TestContext): Promise<string> {
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        socket.end(
          Buffer.from('HTTP/1.1 404 Not \x9b31m found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n', 'latin1'),
        );
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/a.bin`;
}

const asset = {
  fileName: 'a.bin',
  cacheSubdir: 'models',
  hash: `sha256:${'0'.repeat(64)}`,
  urls: ['http://127.0.0.1:1/'],
};

test('a cache that can not be used is a sentence that says what to do', async () => {
  const { home } = temporaryHome();
  const file = join(home, 'file');
  writeFileSync(file, 'in the way');
  const loop = join(home, 'loop');
  symlinkSync(loop, loop);
  for (const [cache, code] of [
    [file, 'ENOTDIR: a file stands where a folder is needed'],
    [loop, 'ELOOP: its links lead in a circle'],
  ] as const) {
    process.env.THAW_HOME = cache;
    const batch = tf.zeros([1, 1000]);
    for (const work of [
      () => getFile(asset),
      () => applications.imagenetWeights('vgg16_notop'),
      () => applications.vgg16.decodePredictions(batch),
      () => datasets.catsVsDogs(),
    ]) {
      const message = await messageOf(work);
      const expected = `^Thaw's cache, ${cache}, can't be used \\(${code}.*\\)\\. Make it a folder that you may read and write, or set THAW_HOME to another one; then run this again\\.$`;
      assert.match(message, new RegExp(expected));
    }
    batch.dispose();
  }
});

test('a source is listed once, whatever was looked for in it', async (t) => {
  temporaryHome();
  withoutAssets(t);
  process.env.THAW_REQUIRE_PHOTOGRAPHS = '1';
  t.after(() => delete process.env.THAW_REQUIRE_PHOTOGRAPHS);
  const none = { fileName: 'none.zip', hash: asset.hash };
  const counts = { train: 1, validation: 1, test: 1 };
  const archive = { ...none, url: asset.urls[0]! };
  const message = await messageOf(() => prepareCatsVsDogs({ counts, small: none, archive }));
  assert.equal(message.match(/folder of assets/g)?.length, 1, message);
  assert.doesNotMatch(message, /undefined|null|NaN/);
});

test('names from outside are spelled out, whoever tells them', async (t) => {
  const { home, assets } = temporaryHome();
  const url = await rudeServer(t);
  const [cache, folder] = [join(home, NAME), join(assets, NAME)];
  mkdirSync(folder);
  process.env.THAW_HOME = cache;
  process.env.THAW_ASSETS = folder;
  const lines: string[] = [];
  const note = (text: unknown) => lines.push(String(text).replace(/\n$/, '')) > 0;
  for (const method of ['log', 'warn', 'error'] as const) t.mock.method(console, method, note);
  t.mock.method(process.stderr, 'write', note);

  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const fit = (callback: tf.Callback, epochs = 1) =>
    model.fit(tf.ones([2, 1]), tf.ones([2, 1]), { epochs, verbose: 0, callbacks: [callback] });
  const backupDir = join(assets, `backup ${NAME}`);
  mkdirSync(backupDir);
  writeFileSync(join(backupDir, 'training.backup'), 'damaged'.repeat(10));
  await fit(callbacks.backupAndRestore({ backupDir }));
  writeFileSync(join(assets, `file ${NAME}`), 'in the way');
  const blocked = withLock(join(cache, 'busy'), async () => {
    const waiting = withLock(join(cache, 'busy'), async () => {});
    while (!lines.some((line) => line.startsWith('Waiting'))) await new Promise((resolve) => setTimeout(resolve, 20));
    return { waiting };
  });
  await (await blocked).waiting;

  const errors = [
    () => getFile({ ...asset, urls: [url] }),
    () => utils.loadImg(join(assets, NAME, 'lost.jpg'), { targetSize: [2, 2] }),
    () => applications.vgg16({ weights: join(assets, `${NAME}.h5`) }),
    () => callbacks.modelCheckpoint({ filepath: join(assets, NAME) }),
    () => fit(callbacks.modelCheckpoint({ filepath: join(assets, 'a.keras'), saveBestOnly: true, monitor: NAME })),
    () => fit(callbacks.backupAndRestore({ backupDir: join(assets, `file ${NAME}`, 'backup') })),
    () => layers.randomFlip({ name: NAME }).apply(tf.zeros([1, 2]), { training: true }),
  ];
  for (const work of errors) lines.push(await messageOf(work));
  assert.ok(lines.length >= errors.length + 2, lines.join('\n'));
  for (const line of lines) assert.deepEqual(unseen(line), [], line);
  assert.equal(lines.filter((line) => line.includes(SHOWN)).length, lines.length, lines.join('\n'));
});

test('an epoch without a batch has a time, and no NaN', async (t) => {
  const lines: string[] = [];
  t.mock.method(console, 'log', (line: string) => lines.push(line));
  const progress = callbacks.progress();
  progress.setParams({ epochs: 1 });
  await progress.onTrainBegin();
  await progress.onEpochBegin(0);
  await progress.onEpochEnd(0, { loss: 1 });
  assert.match(lines[0]!, /^Epoch 1\/1 - 0s - \d+ms\/step - loss: 1\.000$/);
});
