import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, beforeEach, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { models } from '../../src';
import { ownName } from '../../src/models/feature_bank/bank_entries';
import { makeRoom } from '../../src/models/feature_bank/bank_folder';
import { lease } from '../../src/models/feature_bank/lease';
import { typescript } from '../support/root';
import { temporaryHome } from '../support/temporary_home';
import { bankFiles, inBank, read, smallModel, writePictures } from './small_bank';

const folder = temporaryHome().assets;
const GB = 1e9;

/** What a training prints that nothing disturbs, what it leaves in the bank, and how many bytes that is. */
let undisturbed: { losses: string; kept: string[]; bytes: number };

before(async () => {
  await writePictures(folder, { train: 20, validation: 12, test: 16 });
  temporaryHome();
  const losses = await beside().end();
  assert.match(losses, /^losses 0\.\d+/);
  const kept = bankFiles();
  undisturbed = { losses, kept, bytes: kept.reduce((sum, name) => sum + statSync(inBank(name)).size, 0) };
});
beforeEach(() => {
  temporaryHome();
  delete process.env.THAW_BANK_GB;
});

/** Starts `use_bank.ts` beside this process; `heard` waits until it has printed something, `end` until it has ended. */
function beside(t?: TestContext, mode?: 'hold' | 'often', gigabytes?: number) {
  const args = [...typescript, join(__dirname, 'use_bank.ts'), folder, ...(mode ? [mode] : [])];
  const limit = gigabytes ? { THAW_BANK_GB: String(gigabytes) } : {};
  const child: ChildProcess = spawn(process.execPath, args, { env: { ...process.env, ...limit } });
  t?.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const ended = once(child, 'close');
  return {
    child,
    heard: async (text: string) => {
      while (!output.includes(text) && child.exitCode === null && child.signalCode === null) await setTimeout(5);
      assert.ok(output.includes(text), output);
    },
    end: async () => {
      await ended;
      return /^(losses|FAILED).*/m.exec(output)?.[0] ?? output;
    },
  };
}

const predict = async (set: string) =>
  (await models.featureBank().predict(smallModel(), await read(join(folder, set)))).dispose();

test('trainings side by side, for which there is no room in all, take nothing that another is using', async (t) => {
  const { losses, bytes, kept } = undisturbed;
  const limit = (1.3 * bytes) / GB; // for a training, and for one file of the others

  const others = beside(t, 'often', limit);
  await others.heard('Computing');
  const trainings = [];
  for (let round = 0; round < 4; round++) trainings.push(await beside(t, undefined, limit).end());
  assert.deepEqual(trainings, Array(4).fill(losses));
  assert.equal(await others.end(), 'losses of none');
  assert.ok(
    bankFiles().every((name) => /^[0-9a-f]{32}\.f32$/.test(name)),
    `${bankFiles()}`,
  );
  assert.ok(bankFiles().length >= kept.length);
});

test('what a training is using is spared, and whoever has no room without it is told so', async (t) => {
  const { losses, bytes } = undisturbed;
  const holding = beside(t, 'hold');
  await holding.heard('holding');
  const held = bankFiles().filter((name) => name.endsWith('.f32'));
  assert.equal(held.length, 3);
  process.env.THAW_BANK_GB = String((1.1 * bytes) / GB);
  await assert.rejects(
    predict('test'),
    /needed \(12\.9 kB for this, 41\.8 kB that other trainings are using\), 45\.9 kB are allowed\. Wait until/,
  );
  assert.deepEqual(
    bankFiles().filter((name) => name.endsWith('.f32')),
    held,
  );
  holding.child.stdin!.write('\n');
  assert.equal(await holding.end(), losses);
  assert.deepEqual(bankFiles(), held, 'no lease is left');
  await predict('test');
  assert.equal(bankFiles().length, 3, 'the oldest has gone');
});

test('what a killed process used or wrote is free at once, and its leavings are cleared', async (t) => {
  const { losses, bytes } = undisturbed;
  const holding = beside(t, 'hold');
  await holding.heard('holding');
  holding.child.kill('SIGKILL');
  await holding.end();
  const [partial, lock] = [ownName(inBank(bankFiles()[0]!), 'partial'), inBank(`${'0'.repeat(32)}.f32.lock`)];
  writeFileSync(partial.replace(`-${process.pid}-`, `-${holding.child.pid}-`), 'killed');
  mkdirSync(lock);
  utimesSync(lock, 0, 0);
  assert.equal(bankFiles().filter((name) => name.endsWith('.lease')).length, 3);
  process.env.THAW_BANK_GB = String((1.1 * bytes) / GB);
  await predict('test');
  assert.deepEqual(
    bankFiles().filter((name) => !name.endsWith('.f32')),
    [],
  );
  delete process.env.THAW_BANK_GB;
  assert.equal(await beside(t).end(), losses);
});

test('a lease ends with its age, whoever has its number now and whatever the clock was', async () => {
  await predict('validation');
  const [kept] = bankFiles();
  const { size } = statSync(inBank(kept!));
  process.env.THAW_BANK_GB = String(size / GB);
  const name = basename(ownName(inBank(kept!), 'lease'));
  const ofParent = name.replace(`-${process.pid}-`, `-${process.ppid}-`);
  const ofOtherMachine = name.replace(/\.[0-9a-f]{8}-/, '.00000000-');
  const now = Date.now() / 1000;
  for (const lease of [ofParent, ofOtherMachine]) {
    for (const [time, isHeld] of [
      [now, true],
      [now - 300, true],
      [now - 3600, false],
      [now + 3600, false],
      [now + 1e9, false],
    ] as const) {
      mkdirSync(inBank(lease));
      utimesSync(inBank(lease), time, time);
      if (isHeld) {
        await assert.rejects(makeRoom(1), /that other trainings are using/);
        assert.ok(bankFiles().includes(kept!));
        utimesSync(inBank(lease), 0, 0);
      }
      await makeRoom(0);
      assert.deepEqual(bankFiles(), [kept]);
    }
  }
  const release = await lease([inBank(kept!)]);
  await assert.rejects(makeRoom(1), /that this training is using/);
  await release();
  await makeRoom(1);
  assert.deepEqual(bankFiles(), []);
});

test("nothing goes from the bank's folder that isn't the bank's", async () => {
  await predict('validation');
  const [kept] = bankFiles();
  const key = kept!.slice(0, 32);
  const files = ['notes.txt', 'x.partial', 'model.f32', `${key}.txt`, `${key}.f32.mine`, `${key}.f32.copy.partial`];
  const folders = ['x.lease', 'x.lock', `${key}.f32.backup`, `${'1'.repeat(32)}.f32`];
  const full = `${key}.f32.${'2'.repeat(8)}-1-${'2'.repeat(8)}.lease`;
  for (const name of files) writeFileSync(inBank(name), 'mine');
  for (const name of [...folders, full]) mkdirSync(inBank(name));
  writeFileSync(join(inBank(full), 'mine'), 'mine');
  for (const name of [...files, ...folders, full]) utimesSync(inBank(name), 0, 0);
  process.env.THAW_BANK_GB = String(1 / GB);
  await makeRoom(1);
  assert.deepEqual(bankFiles(), [...files, ...folders, full].sort());
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} leaves nothing behind`, async (t) => {
    const child = beside(t, 'often');
    await child.heard('Computing');
    for (let found = false; !found; await setTimeout(1)) {
      found = existsSync(inBank('')) && bankFiles().some((name) => /\.(lease|partial)$/.test(name));
    }
    child.child.kill(signal);
    await child.end();
    // What was being written is its own to remove; where it had no time for that, the next one does it.
    await predict('validation');
    assert.deepEqual(
      bankFiles().filter((name) => !name.endsWith('.f32')),
      [],
    );
  });
}

test('a training that Ctrl-C stops leaves no lease', async (t) => {
  const holding = beside(t, 'hold');
  await holding.heard('holding');
  assert.equal(bankFiles().filter((name) => name.endsWith('.lease')).length, 3);
  holding.child.kill('SIGINT');
  await holding.heard('Interrupted');
  holding.child.stdin!.write('\n');
  assert.match(await holding.end(), /^losses/);
  assert.deepEqual(
    bankFiles().filter((name) => !name.endsWith('.f32')),
    [],
  );
});

test('an error in a training leaves no lease', async () => {
  const model = smallModel();
  const dataset = await read(join(folder, 'train'));
  const labelsOf = () => {
    throw new Error('no labels');
  };
  const bank = models.featureBank({ variants: 2 });
  await assert.rejects(bank.fit(model, Object.assign(dataset, { labelsOf }), { epochs: 1 }), /no labels/);
  assert.equal(bankFiles().length, 2);
  assert.ok(bankFiles().every((name) => name.endsWith('.f32')));
});
