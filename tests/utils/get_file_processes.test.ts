import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GetFileArgs, getFile } from '../../src/utils/get_file';
import { typescript } from '../support/root';
import { content, setUp } from './served_file';

function startProcess(args: GetFileArgs) {
  const child = spawn(process.execPath, [...typescript, join(__dirname, 'get_file_process.ts'), JSON.stringify(args)]);
  const said = { stderr: '' };
  child.stderr.on('data', (text) => {
    said.stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, said, ended };
}

async function until(condition: () => boolean) {
  while (!condition()) {
    await sleep(20);
  }
}

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`a download stopped by ${signal} goes on in the next run`, async () => {
    const { server, args, path } = await setUp({ delayMs: 50 });
    const { child, ended } = startProcess(args);
    await until(() => existsSync(`${path}.part`) && statSync(`${path}.part`).size > 200_000);
    child.kill(signal);
    await ended;
    assert.ok(!existsSync(path));
    assert.equal(existsSync(`${path}.lock`), signal === 'SIGKILL'); // Only a killed process leaves its lock.
    const kept = statSync(`${path}.part`).size;
    server.behaviour = {};
    await getFile(args);
    assert.equal(server.ranges.at(-1), `bytes=${kept}-`);
    assert.deepEqual(readFileSync(path), content);
  });
}

test('of two processes at once the second waits, says so, and finds the file', async () => {
  const { server, args, path } = await setUp({ delayMs: 200 });
  const first = startProcess(args);
  await until(() => server.ranges.length === 1);
  const second = startProcess(args);
  await until(() => second.said.stderr.includes('Waiting'));
  server.behaviour = {};
  assert.deepEqual(await Promise.all([first.ended, second.ended]), [0, 0]);
  assert.match(second.said.stderr, /Waiting for another process/);
  assert.equal(server.ranges.length, 1);
  assert.deepEqual(readFileSync(path), content);
});
