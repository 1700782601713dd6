import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root, typescript } from '../support/root';

const temp = mkdtempSync(join(tmpdir(), 'thaw-lock-'));
after(() => rmSync(temp, { recursive: true, force: true }));

/** A process that locks a file and does nothing. */
function lock(path: string, dead?: number): { child: ChildProcess; ended: Promise<{ code: unknown; text: string }> } {
  const work = "async () => console.log('done')";
  const program = `require('./src/utils/lock').withLock(${JSON.stringify(path)}, ${work}, ${dead})`;
  const child = spawn(process.execPath, [...typescript, '-e', program], { cwd: root });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  return { child, ended: once(child, 'close').then(([code]) => ({ code, text })) };
}

test('a lock that nobody touches is told of and taken over, be its time long past or to come', async () => {
  const takeOver = async (year: string) => {
    const path = join(temp, year, 'file');
    mkdirSync(`${path}.lock`, { recursive: true });
    utimesSync(`${path}.lock`, new Date(year), new Date(year));
    const { code, text } = await lock(path, 1).ended;
    assert.deepEqual([code, text.match(/done/g)?.length], [0, 1], text);
    if (year === '2100') assert.match(text, /^Waiting for another process that is making .*file\n/);
    assert.deepEqual(readdirSync(join(temp, year)), []);
  };
  await Promise.all(['1990', '2100'].map(takeOver));
});

test('a lock that is being touched is waited for, whatever its time; who is stopped meanwhile leaves nothing', async () => {
  const path = join(temp, 'touched', 'file');
  mkdirSync(`${path}.lock`, { recursive: true });
  let year = 2100;
  const touch = setInterval(() => utimesSync(`${path}.lock`, new Date(`${year}`), new Date(`${++year}`)), 100);
  const [waits, stopped] = [lock(path, 1), lock(path, 1)];
  await Promise.all([waits, stopped].map(({ child }) => once(child.stderr!, 'data')));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.equal(waits.child.exitCode, null);
  stopped.child.kill('SIGINT');
  await stopped.ended;
  assert.deepEqual(readdirSync(join(temp, 'touched')), ['file.lock']);
  clearInterval(touch);
  assert.equal((await waits.ended).code, 0);
  assert.deepEqual(readdirSync(join(temp, 'touched')), []);
});
