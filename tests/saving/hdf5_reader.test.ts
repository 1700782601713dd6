import assert from 'node:assert/strict';
import childProcess, { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Deadline, NO_END, secondsFor } from '../../src/saving/hdf5/deadline';
import { writeHdf5 } from '../../src/saving/hdf5/hdf5';
import type { Hdf5Reply } from '../../src/saving/hdf5/hdf5_reader';
import { readSavedLayers } from '../../src/saving/saved_layers';
import { askProcess, startProcess } from '../../src/utils/ask_process';

const folder = mkdtempSync(join(tmpdir(), 'thaw-reader-'));
after(() => rmSync(folder, { recursive: true }));

/** When the deadline of a small file passes, on a clock of the test's, where a share of the time is worked. */
function passesAt(share: number): number {
  const deadline = new Deadline(secondsFor(0));
  for (let tenths = 1; tenths < 1e4; tenths++) {
    if (deadline.isOver((share * tenths) / 10, 0.1)) return tenths / 10;
  }
  return Number.POSITIVE_INFINITY;
}

test('HDF5 is given up when it has worked for 2 s without an end', () => {
  assert.equal(passesAt(1), 2);
});

test('on a busy machine, where it has a tenth of a processor, it has ten times as long', () => {
  const seconds = passesAt(0.1);
  assert.ok(seconds > 18 && seconds <= 21, String(seconds));
});

test('where it does not work at all, as on a disk that does not answer, it has 40 s', () => {
  const seconds = passesAt(1e-9);
  assert.ok(seconds >= 40 && seconds <= 43, String(seconds));
});

test('the time in which it waits to be read does not count', () => {
  const deadline = new Deadline(secondsFor(0));
  assert.ok(Array.from({ length: 1000 }, () => deadline.isOver(1, 0)).every((over) => !over));
});

/** Runs a program of the test's own, in TypeScript's process. */
function run(program: string) {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return spawn(process.execPath, [...process.execArgv, '--eval', program], { stdio: [...stdio] });
}

test('a process in which HDF5 goes round for ever ends, whoever asked it', async () => {
  const watch = JSON.stringify(require.resolve('../../src/saving/hdf5/hdf5_watch'));
  const program = `
    const { Worker } = require('node:worker_threads');
    const worker = new Worker(${watch}, { workerData: new Int32Array(new SharedArrayBuffer(4)).fill(1) });
    worker.postMessage(0.2);
    worker.once('online', () => { for (;;); });
  `;
  const [code, signal] = await once(run(program), 'exit');
  assert.deepEqual([code, signal], [null, NO_END]);
});

test('a process that reads ends when the one that asked is killed', {
  skip: process.platform === 'win32',
}, async () => {
  // Nobody writes into it: HDF5 waits for its first bytes for ever.
  const fifo = join(folder, 'endless.h5');
  execFileSync('mkfifo', [fifo]);
  const modules = ['utils/ask_process', 'saving/hdf5/hdf5_process'].map((name) => require.resolve(`../../src/${name}`));
  const program = `
    const child = require(${JSON.stringify(modules[0])}).startProcess(${JSON.stringify(modules[1])});
    child.send({ path: ${JSON.stringify(fifo)}, bytes: 1000 }, () => console.log(child.pid));
  `;
  const asker = run(program);
  const reader = Number(String((await once(asker.stdout, 'data'))[0]));
  // It has begun.
  await delay(2000);
  process.kill(reader, 0);
  asker.kill('SIGKILL');
  await once(asker, 'exit');
  const isThere = () => {
    try {
      return process.kill(reader, 0);
    } catch {
      return false;
    }
  };
  try {
    for (let tenths = 0; isThere() && tenths < 300; tenths++) await delay(100);
    assert.equal(isThere(), false);
  } finally {
    if (isThere()) process.kill(reader, 'SIGKILL');
  }
});

test('of many files a few are read at once, and one after another by one process', async (t) => {
  const path = join(folder, 'good.weights.h5');
  await writeHdf5(path, (file) => {
    const group = file.create_group('layers').create_group('dense').create_group('vars');
    group.create_dataset({ name: '0', data: new Float32Array(6), shape: [2, 3], dtype: '<f' });
  });
  let [started, running, most] = [0, 0, 0];
  const { fork } = childProcess;
  t.mock.method(childProcess, 'fork', (...args: Parameters<typeof fork>) => {
    const child = fork(...args);
    started++;
    most = Math.max(most, ++running);
    return child.once('exit', () => running--);
  });
  const read = await Promise.all(Array.from({ length: 20 }, () => readSavedLayers(path)));
  assert.deepEqual(new Set(read.map(({ layers }) => layers.length)), new Set([1]));
  assert.ok(most >= 1 && most <= 4, `${most} at once`);
  const before = started;
  for (let index = 0; index < 5; index++) await readSavedLayers(path);
  assert.equal(started, before);
});

test('large arrays come in pieces, and whole', async () => {
  const path = join(folder, 'large.weights.h5');
  const shapes = [[3000, 1000], [1, 3_000_000], [3_000_000], [1, 2, 1_500_000], [300, 10_000], [], [0, 5], [2]];
  const ramp = (shape: number[]) => {
    return Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, (_, index) => index);
  };
  await writeHdf5(path, (file) => {
    const group = file.create_group('layers').create_group('dense').create_group('vars');
    for (const [index, shape] of shapes.entries()) {
      const [data, name] = [ramp(shape), String(index)];
      if (index === 0) group.create_dataset({ name, data, shape, dtype: '<f', chunks: [700, 300] });
      else if (index === 4) group.create_dataset({ name, data: Float64Array.from(data), shape, dtype: '<d' });
      else group.create_dataset({ name, data, shape, dtype: '<f' });
    }
  });
  const child = startProcess(require.resolve('../../src/saving/hdf5/hdf5_process'));
  const lengths: number[] = [];
  await askProcess(child, { path, bytes: statSync(path).size }, (reply: Hdf5Reply) => {
    if ('values' in reply) lengths.push(reply.values.length);
    return 'read' in reply || undefined;
  });
  child.kill();
  assert.ok(Math.max(...lengths) <= 2 * 2 ** 20, `${Math.max(...lengths)} values at once`);
  const { layers } = await readSavedLayers(path);
  for (const [index, shape] of shapes.entries()) {
    const read = layers[0]!.weights[index]!;
    assert.deepEqual(read.shape, shape);
    assert.ok(Buffer.from(read.values.buffer).equals(Buffer.from(ramp(shape).buffer)), `[${shape}]`);
  }
});
