import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { finished, freshCheckout, startProgram, temp, write } from './fresh_checkout';

/** Runs a set-up that does nothing, and takes a lock for left behind after a second. */
const setUp = (checkout: string) => startAlone(checkout, 'console.log("done")', 1);
/** Runs a set-up that takes a minute. */
const setUpSlowly = (checkout: string) =>
  startAlone(checkout, 'await new Promise((resolve) => { console.error("begun"); setTimeout(resolve, 60_000); })');
const startAlone = (checkout: string, steps: string, dead?: number) =>
  startProgram(
    checkout,
    `import { alone } from './scripts/setup/alone.mjs';\nawait alone(async () => { ${steps} }, ${dead})`,
  );
const locks = (checkout: string) => fs.readdirSync(checkout).filter((name) => name.startsWith('.setup.'));

/** Waits until a process says something. */
async function said(child: ChildProcess, text: string): Promise<void> {
  let all = '';
  while (!all.includes(text)) all += (await once(child.stderr!, 'data'))[0];
}

test('two set-ups of one checkout wait for each other', async () => {
  const checkout = freshCheckout('two');
  const program = `import { alone } from './scripts/setup/alone.mjs';
    await alone(async () => {
      console.log('begin');
      await new Promise((resolve) => setTimeout(resolve, 700));
      console.log('end');
    });`;
  const log = fs.openSync(path.join(temp, 'two.log'), 'a');
  const options = { cwd: checkout, stdio: ['ignore', log, 'ignore'] as ('ignore' | number)[] };
  const start = () => spawn(process.execPath, ['--input-type=module', '-e', program], options);
  await Promise.all([once(start(), 'close'), once(start(), 'close')]);
  fs.closeSync(log);
  assert.equal(fs.readFileSync(path.join(temp, 'two.log'), 'utf8'), 'begin\nend\nbegin\nend\n');
});

// Process 1 always runs: it stands for whatever has by now the number of a set-up that was killed.
for (const [what, text] of [
  ['of a process whose number another has by now', '1'],
  ['with nothing in it', ''],
  ['that makes no sense', '\0 -1\nprocess 1, process'],
] as const) {
  test(`a lock ${what} is told of and taken over, whatever its time`, async () => {
    const times = [new Date(), new Date('2100-01-01'), new Date(0)];
    const takeOver = async (time: Date, index: number) => {
      const checkout = freshCheckout(`lock ${what} ${index}`);
      const lock = path.join(checkout, '.setup.lock');
      write(lock, text);
      fs.utimesSync(lock, time, time);
      const { code, text: printed } = await finished(setUp(checkout));
      assert.deepEqual([code, printed.match(/done/g)?.length], [0, 1], printed);
      assert.match(printed, /waiting for another set-up of this checkout/);
      assert.deepEqual(locks(checkout), []);
    };
    await Promise.all(times.map(takeOver));
  });
}

test('a lock that is being touched is waited for, whoever has it and whatever its time', async () => {
  const checkout = freshCheckout('touched');
  const lock = path.join(checkout, '.setup.lock');
  write(lock, 'process 0');
  let year = 2000; // the time goes backwards
  const touch = setInterval(() => fs.utimesSync(lock, new Date(--year, 0), new Date(year, 0)), 100);
  const child = setUp(checkout);
  await said(child, 'waiting for another set-up of this checkout (process 0)');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  clearInterval(touch);
  assert.equal(child.exitCode, null);
  assert.equal(fs.readFileSync(lock, 'utf8'), 'process 0');
  fs.rmSync(lock);
  assert.equal((await once(child, 'close'))[0], 0);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`who is stopped by ${signal} while it waits leaves nothing`, async () => {
    const checkout = freshCheckout(`waiter ${signal}`);
    const lock = path.join(checkout, '.setup.lock');
    write(lock, '1');
    const touch = setInterval(() => fs.utimesSync(lock, new Date(), new Date()), 100);
    const child = setUp(checkout);
    await said(child, 'waiting');
    child.kill(signal);
    await once(child, 'close');
    clearInterval(touch);
    assert.deepEqual(locks(checkout), ['.setup.lock']);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`who is stopped by ${signal} between two commands gives its lock back`, async () => {
    const checkout = freshCheckout(`holder ${signal}`);
    const child = setUpSlowly(checkout);
    await said(child, 'begun');
    child.kill(signal);
    assert.deepEqual(await once(child, 'close'), [130, null]);
    assert.deepEqual(locks(checkout), []);
  });
}

test('who was taken for dead ends as soon as it wakes up', async () => {
  const checkout = freshCheckout('asleep');
  const child = setUpSlowly(checkout);
  await said(child, 'begun');
  child.kill('SIGSTOP');
  assert.equal((await finished(setUp(checkout))).code, 0);
  const woken = finished(child);
  child.kill('SIGCONT');
  assert.deepEqual((await woken).code, 1);
  assert.match((await woken).text, /Another set-up of this checkout has taken over/);
});

test('locks that an earlier version left are removed, and nothing else is', async () => {
  const checkout = freshCheckout('earlier');
  for (const name of ['.setup.lock.1234', '.setup.notes', '.setup.lock.txt']) write(path.join(checkout, name), 'x');
  assert.equal((await finished(setUp(checkout))).code, 0);
  assert.deepEqual(locks(checkout), ['.setup.lock.txt', '.setup.notes']);
});
