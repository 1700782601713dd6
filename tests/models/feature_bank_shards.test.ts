import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, beforeEach, type TestContext, test } from 'node:test';
import { models, utils } from '../../src';
import * as tf from '../../src/tf';
import { jpeg } from '../support/picture_files';
import { temporaryHome } from '../support/temporary_home';

const PICTURES = 44; // 6 batches of 8, the last one smaller
const folder = temporaryHome().assets;
const bank = models.featureBank({ cuts: ['first'] });
let home: string;
let model: tf.LayersModel;

before(async () => {
  for (let index = 0; index < PICTURES; index++) {
    const kind = join(folder, index % 2 === 0 ? 'even' : 'odd');
    mkdirSync(kind, { recursive: true });
    writeFileSync(join(kind, `${index}.jpg`), await jpeg(20 + index, 30));
  }
  const conv = (name: string, seed: number) => {
    const kernelInitializer = tf.initializers.glorotUniform({ seed });
    return tf.layers.conv2d({
      name,
      filters: 40,
      kernelSize: 3,
      activation: 'relu',
      trainable: false,
      kernelInitializer,
    });
  };
  const inputs = tf.input({ shape: [12, 12, 3] });
  const outputs = conv('second', 2).apply(conv('first', 1).apply(inputs)) as tf.SymbolicTensor;
  model = tf.model({ inputs, outputs });
});

beforeEach(() => {
  home = temporaryHome().home;
});

afterEach(() => {
  delete process.env.THAW_BANK_GB;
});

const read = () =>
  utils.imageDatasetFromDirectory(folder, { imageSize: [12, 12], batchSize: 8, shuffle: false, labelMode: 'binary' });
const inBank = (name: string) => join(home, 'feature_bank', name);
const bankFiles = () => readdirSync(join(home, 'feature_bank')).sort();
const contents = () => new Map(bankFiles().map((name) => [name, readFileSync(inBank(name))]));

async function extractShards(n: number): Promise<boolean[]> {
  const dataset = await read();
  return Promise.all([...Array(n).keys()].map((index) => bank.extract(model, dataset, { shard: [index + 1, n] })));
}

/** The files of the bank when all pictures were taken at once. */
async function whole(): Promise<Map<string, Buffer>> {
  assert.equal(await bank.extract(model, await read()), true);
  const files = contents();
  home = temporaryHome().home;
  return files;
}

/** What is printed while `work` runs. */
async function printed(t: TestContext, work: () => Promise<unknown>): Promise<string> {
  const log = t.mock.method(console, 'log', () => {});
  await work();
  log.mock.restore();
  return log.mock.calls.map(({ arguments: line }) => String(line)).join('\n');
}

for (const n of [1, 4, 7]) {
  test(`${n} shards are merged to the bytes of the whole`, async (t) => {
    const expected = await whole();
    const { numTensors } = tf.memory();
    await extractShards(n);
    assert.equal(bankFiles().length, 2 * n);
    assert.equal(await bank.merge(model, await read(), n), true);
    assert.deepEqual(contents(), expected);
    assert.equal(tf.memory().numTensors, numTensors);
    const output = await printed(t, async () => tf.dispose(await bank.predict(model, await read())));
    assert.doesNotMatch(output, /Computing/);
  });
}

test('shards are contiguous, near-equal ranges of whole batches', async () => {
  await extractShards(4);
  const checksums = 2 * 4; // one in each of the two files
  const each = (10 * 10 + 8 * 8) * 40 * Float32Array.BYTES_PER_ELEMENT + checksums;
  const pictures = [1, 2, 3, 4].map((i) => {
    const files = bankFiles().filter((name) => name.includes(`.${i}_of_4.`));
    return files.reduce((sum, name) => sum + statSync(inBank(name)).size, 0) / each;
  });
  assert.deepEqual(pictures, [8, 16, 8, 12]);
});

test('what is there is not computed or joined again, before and after the merge', async () => {
  assert.deepEqual(await extractShards(4), [true, true, true, true]);
  const parts = contents();
  assert.deepEqual(await extractShards(4), [false, false, false, false]);
  assert.deepEqual(contents(), parts);
  const dataset = await read();
  assert.equal(await bank.merge(model, dataset, 4), true);
  assert.equal(await bank.merge(model, dataset, 4), false);
  assert.deepEqual(await extractShards(4), [false, false, false, false]);
  assert.equal(await bank.extract(model, dataset), false);
  assert.equal(bankFiles().length, 2);
});

test('the shards of parts that are missing or short are named, nothing is joined, and extracting those mends it', async () => {
  const expected = await whole();
  await extractShards(4);
  const [first, second] = ['2_of_4', '4_of_4'].map((part) => bankFiles().filter((name) => name.includes(part)));
  truncateSync(inBank(first![0]!), 1000);
  unlinkSync(inBank(second![1]!));
  const dataset = await read();
  const parts = bankFiles();
  await assert.rejects(bank.merge(model, dataset, 4), (error) => {
    assert.ok(error instanceof models.MissingShardsError);
    assert.deepEqual(error.shards, [2, 4]);
    assert.match(error.message, new RegExp(`all 4 shards of ${folder}\\. Missing or cut short: 2, 4\\. Extract those`));
    return true;
  });
  assert.deepEqual(bankFiles(), parts);
  assert.deepEqual(await extractShards(4), [false, true, false, true]);
  await bank.merge(model, dataset, 4);
  assert.deepEqual(contents(), expected);
});

test('a shard goes on from what a whole file of an earlier layer holds', async (t) => {
  const expected = await whole();
  const dataset = await read();
  await bank.extract(model, dataset);
  const second = [...expected].sort(([, a], [, b]) => a.length - b.length)[0]![0];
  unlinkSync(inBank(second));
  const output = await printed(t, () => extractShards(4));
  assert.match(output, /Computing 'second' for 1 × 16 pictures/);
  assert.equal(bankFiles().length, 5);
  await bank.merge(model, dataset, 4);
  assert.deepEqual(contents(), expected);
});

for (const dtype of ['float32', 'bfloat16'] as const) {
  test(`parts in ${dtype} that wait to be joined do not go to make room, but a day later they do`, async () => {
    const dataset = await read();
    const bank = models.featureBank({ cuts: ['first'], dtype });
    await bank.extract(model, dataset);
    const bytes = [...contents().values()].reduce((sum, { length }) => sum + length, 0);
    home = temporaryHome().home;
    for (const i of [1, 2, 3, 4]) await bank.extract(model, dataset, { shard: [i, 4] });
    const parts = bankFiles();
    process.env.THAW_BANK_GB = String((1.1 * bytes) / 1e9);
    const half = models.featureBank({ dtype });
    await assert.rejects(half.extract(model, dataset), /out of space.*THAW_BANK_GB/);
    await assert.rejects(bank.merge(model, dataset, 4), /out of space.*THAW_BANK_GB/);
    assert.deepEqual(bankFiles(), parts);
    const yesterday = Date.now() / 1000 - 25 * 3600;
    for (const name of parts) utimesSync(inBank(name), yesterday, yesterday);
    await half.extract(model, dataset);
    assert.ok(bankFiles().length < parts.length);
  });
}

test('what is no shard is refused, and a bank that is not enabled keeps nothing', async () => {
  const dataset = await read();
  for (const shard of [
    [0, 4],
    [5, 4],
    [1.5, 4],
    [1, Number.NaN],
  ] as [number, number][]) {
    await assert.rejects(bank.extract(model, dataset, { shard }), /1 ≤ i ≤ n\. Received: i=/);
  }
  for (const n of [0, 2.5]) await assert.rejects(bank.merge(model, dataset, n), /Received: i=1, n=/);
  const off = models.featureBank({ enabled: false });
  assert.equal(await off.extract(model, dataset), false);
  assert.equal(await off.merge(model, dataset, 4), false);
  assert.ok(!readdirSync(home).includes('feature_bank'));
});
