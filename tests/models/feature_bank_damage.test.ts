import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, type TestContext, test } from 'node:test';
import { models } from '../../src';
import { makeRoom } from '../../src/models/feature_bank/bank_folder';
import * as tf from '../../src/tf';
import { randomGenerator } from '../../src/utils/random';
import { mountSmallDisk } from '../support/small_disk';
import { temporaryHome } from '../support/temporary_home';
import { bankFiles, inBank, read, smallModel, writePictures } from './small_bank';

const folder = temporaryHome().assets;
const [train, validation] = [join(folder, 'train'), join(folder, 'validation')];
const PICTURES = 20;

before(() => writePictures(folder, { train: PICTURES, validation: 12 }));
beforeEach(() => {
  temporaryHome();
});

/** What `work` gives, and what it warns of. */
async function warned<T>(t: TestContext, work: () => Promise<T>): Promise<{ result: T; warnings: string[] }> {
  const warn = t.mock.method(console, 'warn', () => {});
  const result = await work();
  warn.mock.restore();
  return { result, warnings: warn.mock.calls.map(({ arguments: [text] }) => String(text)) };
}

function flip(bytes: Buffer, at: number, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at]! ^= 1 << bit;
  return flipped;
}

/** Loss, accuracy and predictions for a set of pictures, to the bit. */
async function outcome(model: tf.LayersModel, bank: models.FeatureBank, directory: string): Promise<number[]> {
  const dataset = await read(directory);
  const predictions = await bank.predict(model, dataset);
  const numbers = [...(await bank.evaluate(model, dataset)), ...predictions.dataSync()];
  predictions.dispose();
  return numbers;
}

for (const dtype of ['float32', 'bfloat16'] as const) {
  test(`each flipped bit of a bank in ${dtype} is mended to the bit, and told`, async (t) => {
    const [model, bank] = [smallModel(), models.featureBank({ dtype })];
    const expected = await outcome(model, bank, validation);
    const [name] = bankFiles();
    const good = readFileSync(inBank(name!));
    const random = randomGenerator(3);
    const places = Array.from({ length: 40 }, () => Math.floor(random() * good.length));
    const block = good.length / 12;
    const { numTensors } = tf.memory();
    for (const [index, at] of [0, good.length - 1, block - 4, block - 1, ...places].entries()) {
      writeFileSync(inBank(name!), flip(good, at, index % 8));
      const { result, warnings } = await warned(t, () => outcome(model, bank, validation));
      assert.deepEqual(result, expected, `byte ${at}`);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, new RegExp(`${name} is damaged\\..* for 1 of its 12 pictures is computed anew`));
      assert.deepEqual(readFileSync(inBank(name!)), good);
    }
    assert.equal(tf.memory().numTensors, numTensors);
    assert.deepEqual(bankFiles(), [name], 'nothing else is left');
  });
}

test('zeros, what belongs elsewhere, and a file that is cut short or too long are mended to the bit', async (t) => {
  const [model, bank] = [smallModel(), models.featureBank()];
  const expected = await outcome(model, bank, validation);
  const [name] = bankFiles();
  const good = readFileSync(inBank(name!));
  const block = good.length / 12;
  const other = smallModel();
  other.getLayer('first').setWeights(
    other
      .getLayer('first')
      .getWeights()
      .map((weight) => weight.mul(2)),
  );
  await outcome(other, bank, validation);
  const foreign = readFileSync(inBank(bankFiles().find((file) => file !== name)!));
  const swapped = Buffer.concat([good.subarray(block, 2 * block), good.subarray(0, block), good.subarray(2 * block)]);
  const half = Buffer.from(good).fill(0, 0, good.length / 2);
  for (const [what, content, damaged] of [
    ['zeros', Buffer.alloc(good.length), 12],
    ['half of it zeros', half, 6],
    ['ones', Buffer.alloc(good.length, 255), 12],
    ["another file's content", foreign, 12],
    ['two pictures swapped', swapped, 2],
    ['a block less', good.subarray(0, -block), 0],
    ['empty', good.subarray(0, 0), 0],
    ['a block more', Buffer.concat([good, good.subarray(0, block)]), 0],
  ] as const) {
    writeFileSync(inBank(name!), content);
    const { result, warnings } = await warned(t, () => outcome(model, bank, validation));
    assert.deepEqual(result, expected, what);
    assert.deepEqual(readFileSync(inBank(name!)), good, what);
    const told = damaged === 0 ? [] : [`${damaged} of its 12`];
    assert.deepEqual(
      warnings.map((text) => /\d+ of its \d+/.exec(text)?.[0]),
      told,
      what,
    );
  }
});

/** Trains on augmented pictures in batches that are no multiple of what the network takes at a time. */
async function losses(callbacks: tf.Callback[] = []): Promise<number[]> {
  const bank = models.featureBank({ variants: 2, seed: 1 });
  const validationData = await read(validation, 5);
  const model = smallModel();
  const { history } = await bank.fit(model, await read(train, 5), { epochs: 4, validationData, callbacks });
  model.dispose();
  return [...history.loss!, ...history.val_loss!].map(Number);
}

test('a training goes on with the same digits when any of its variants is damaged', async (t) => {
  const expected = await losses();
  assert.equal(new Set(expected.slice(0, 4)).size, 4);
  const names = bankFiles();
  assert.equal(names.length, 3);
  for (const name of names) {
    const good = readFileSync(inBank(name));
    writeFileSync(inBank(name), flip(flip(flip(good, 100, 6), good.length >> 1, 6), good.length - 9, 6));
    const { result, warnings } = await warned(t, () => losses());
    assert.deepEqual(result, expected);
    assert.equal(warnings.length, 1, `${warnings}`);
    assert.deepEqual(readFileSync(inBank(name)), good);
  }
  assert.deepEqual(bankFiles(), names);
});

/** Does something to the bank when an epoch begins. */
class Meanwhile extends tf.Callback {
  constructor(
    private readonly at: number,
    private readonly act: () => void,
  ) {
    super();
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    if (epoch === this.at) this.act();
  }
}

test('a training goes on with the same digits when its files are damaged, cut short or removed meanwhile', async (t) => {
  const expected = await losses();
  const contents = new Map(bankFiles().map((name) => [name, readFileSync(inBank(name))]));
  const each = (act: (name: string) => void) => () => [...contents.keys()].forEach(act);
  const damage = each((name) => {
    const good = contents.get(name)!;
    writeFileSync(inBank(name), flip(flip(good, 9, 1), good.length - 30, 2));
  });
  const { numTensors } = tf.memory();
  for (const [what, act, repaired] of [
    ['damaged', new Meanwhile(0, damage), true],
    [
      'cut short',
      new Meanwhile(
        1,
        each((name) => truncateSync(inBank(name), 1000)),
      ),
      true,
    ],
    [
      'emptied',
      new Meanwhile(
        2,
        each((name) => truncateSync(inBank(name), 0)),
      ),
      true,
    ],
    [
      'removed',
      new Meanwhile(
        1,
        each((name) => unlinkSync(inBank(name))),
      ),
      false,
    ],
    ['removed with the bank', new Meanwhile(1, () => rmSync(inBank(''), { recursive: true })), false],
  ] as const) {
    const { result, warnings } = await warned(t, () => losses([act]));
    assert.deepEqual(result, expected, what);
    assert.equal(warnings.length > 0, repaired, what);
    await losses(); // what is missing comes again
    for (const [name, content] of contents) assert.deepEqual(readFileSync(inBank(name)), content, what);
    assert.deepEqual(bankFiles(), [...contents.keys()]);
  }
  assert.equal(tf.memory().numTensors, numTensors);
});

test('what is computed from a damaged file of an earlier layer is right, too', async (t) => {
  const [model, bank] = [smallModel(), models.featureBank({ cuts: ['first'] })];
  const expected = await outcome(model, bank, validation);
  const contents = new Map(bankFiles().map((name) => [name, readFileSync(inBank(name))]));
  const [second, first] = [...contents.keys()].sort((a, b) => contents.get(a)!.length - contents.get(b)!.length);
  writeFileSync(inBank(first!), flip(contents.get(first!)!, 5000, 3));
  unlinkSync(inBank(second!));
  const { result, warnings } = await warned(t, () => outcome(model, bank, validation));
  assert.deepEqual(result, expected);
  assert.match(warnings.join(), new RegExp(`${first} is damaged`));
  for (const [name, content] of contents) assert.deepEqual(readFileSync(inBank(name)), content);
});

test('damaged parts of shards are mended before they are joined', async (t) => {
  const [model, bank, dataset] = [smallModel(), models.featureBank({ cuts: ['first'] }), await read(train)];
  await bank.extract(model, dataset);
  const whole = new Map(bankFiles().map((name) => [name, readFileSync(inBank(name))]));
  for (const name of whole.keys()) unlinkSync(inBank(name));
  for (const i of [1, 2, 3]) await bank.extract(model, dataset, { shard: [i, 3] });
  const parts = bankFiles();
  for (const [index, name] of parts.entries()) {
    writeFileSync(inBank(name), flip(readFileSync(inBank(name)), 70 * index, 5));
  }
  const { result, warnings } = await warned(t, () => bank.merge(model, dataset, 3));
  assert.equal(result, true);
  assert.equal(warnings.length, parts.length);
  assert.deepEqual(new Map(bankFiles().map((name) => [name, readFileSync(inBank(name))])), whole);
});

test('a picture that cannot be decoded leaves nothing in the bank, and no tensors', async () => {
  const model = smallModel();
  const broken = join(temporaryHome().assets, 'broken');
  await writePictures(broken, { all: 20 });
  writeFileSync(join(broken, 'all', 'odd', '19.jpg'), 'no picture');
  const dataset = await read(join(broken, 'all'));
  const { numTensors } = tf.memory();
  await assert.rejects(models.featureBank().predict(model, dataset), /19\.jpg/);
  await assert.rejects(models.featureBank({ variants: 2 }).fit(model, dataset, { epochs: 1 }), /19\.jpg/);
  assert.deepEqual(bankFiles(), []);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('a bank that cannot be written to is read, and says what to do where it is damaged or full', async (t) => {
  const { home } = temporaryHome();
  const disk = mountSmallDisk(home, '200k', t);
  if (!disk) return;
  const remount = (mode: 'ro' | 'rw') => execFileSync('mount', ['-o', `remount,${mode}`, home]);
  const [model, bank] = [smallModel(), models.featureBank()];
  try {
    const expected = await outcome(model, bank, validation);
    remount('ro');
    assert.deepEqual(await outcome(model, bank, validation), expected);
    await assert.rejects(outcome(model, bank, train), /The feature bank can't be used: EROFS.*THAW_HOME/);
    remount('rw');
    const [name] = bankFiles();
    writeFileSync(inBank(name!), flip(readFileSync(inBank(name!)), 500, 5));
    remount('ro');
    await assert.rejects(outcome(model, bank, validation), /The feature bank can't be used: EROFS.*THAW_HOME/);
    remount('rw');
    assert.deepEqual(await outcome(model, bank, validation), expected);
    await assert.rejects(makeRoom(1e6), /1\.0 MB are needed, \d+\.\d kB are free on the disk/);
    // Somebody else fills the disk after there was room.
    const dataset = await read(train);
    const filling = async function* (...range: [number?, number?]) {
      assert.throws(() => writeFileSync(join(home, 'other'), Buffer.alloc(300e3)), /ENOSPC/);
      yield* dataset.inOrder(...range);
    };
    const full = Object.assign(await read(train), { inOrder: filling });
    await assert.rejects(bank.predict(model, full), /out of space: ENOSPC.*THAW_HOME/);
    assert.deepEqual(bankFiles(), [name]);
  } finally {
    disk.unmount();
  }
});

test('sizes are told in a unit that says something', async (t) => {
  t.after(() => {
    delete process.env.THAW_BANK_GB;
  });
  process.env.THAW_BANK_GB = '0.000002';
  await assert.rejects(outcome(smallModel(), models.featureBank(), validation), (error: Error) => {
    assert.match(error.message, /space: (\S+ kB) are needed \(\1 for this\), 2\.0 kB are allowed\. Free/);
    return true;
  });
  mkdirSync(inBank(''), { recursive: true });
  assert.deepEqual(bankFiles(), []);
});
