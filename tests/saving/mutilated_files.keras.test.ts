import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';
import type { Opened } from '../support/open_model.cjs';
import { readGoodFiles, writeFlippedFiles, writeMutilatedFiles } from './mutilated_files';

const SECONDS = 5;
const MEGABYTES = 500;

const skip =
  process.platform !== 'linux' &&
  'SKIPPED: memory is read from /proc, which Linux alone has, so no mutilated file was opened';
if (skip) process.stderr.write(`${skip}\n`);

const checkout = join(__dirname, '../..');
const root = mkdtempSync(join(tmpdir(), 'thaw-mutilated-'));
after(() => rmSync(root, { recursive: true }));
const folder = join(root, 'files');
const temporary = join(root, 'tmp');
const good = ['good.keras', 'good.h5', 'good.json', 'good.weights.h5'].map((name) => join(folder, name));

let mutilated: string[];
let flipped: string[];
let opened: Map<string, Opened>;

function smallModel(): tf.LayersModel {
  const layers = [
    tf.layers.dense({ units: 4, inputShape: [3], name: 'first' }),
    tf.layers.dense({ units: 2, name: 'second' }),
  ];
  return tf.sequential({ name: 'small', layers });
}

/** A head as the chapter's: 3.3 million weights. */
function head(): tf.LayersModel {
  const layers = [
    tf.layers.flatten({ inputShape: [5, 5, 512] }),
    tf.layers.dense({ units: 256, kernelInitializer: 'heUniform' }),
    tf.layers.dropout({ rate: 0.5 }),
    tf.layers.dense({ units: 1, activation: 'sigmoid' }),
  ];
  return tf.sequential({ layers });
}

/** What there is under `root`, each file with how many bytes it has and when it was written. Links are not followed. */
function listing(folder = root): string[] {
  const lines = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const { size, mtimeMs } = statSync(path);
    if (entry.isDirectory()) return [path, ...listing(path)];
    return entry.isFile() ? `${path} ${size} ${mtimeMs}` : path;
  });
  return lines.sort();
}

/** Compiles Thaw as it is installed: from TypeScript, the process that reads HDF5 takes ten times as long to start. */
function compile(): string {
  const compiled = join(root, 'compiled');
  const options = ['--outDir', compiled, '--noCheck', '--declaration', 'false', '--incremental', 'false'];
  execFileSync(process.execPath, [
    join(checkout, 'node_modules/typescript/bin/tsc'),
    ...['-p', checkout, ...options, '--tsBuildInfoFile', 'null'],
  ]);
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  return compiled;
}

/** Opens files one after another in one process, which is to outlive them all. */
async function open(compiled: string, paths: string[]): Promise<Map<string, Opened>> {
  const child = fork(join(__dirname, 'open_files.cjs'), [compiled], {
    cwd: folder,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TMPDIR: temporary },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const results = new Map<string, Opened>();
  child.on('message', (result: Opened) => results.set(result.path, result));
  child.send([good[0], ...paths]);
  const [code, signal] = await once(child, 'exit');
  assert.equal(code, 0, `opening files ended after ${[...results.keys()].at(-1)} (${signal ?? code})`);
  return results;
}

before(async () => {
  if (skip) return;
  mkdirSync(folder);
  mkdirSync(temporary);
  for (const [name, make] of [
    ['good', smallModel],
    ['head', head],
  ] as const) {
    const model = make();
    await models.saveModel(model, join(folder, `${name}.keras`));
    if (name === 'good') {
      await models.saveModel(model, join(folder, 'good.h5'));
      await models.saveModel(model, join(folder, 'good.json'));
    }
    model.dispose();
  }
  const files = await readGoodFiles(folder);
  const byPython = join(folder, 'by_python');
  mkdirSync(byPython);
  runKeras(join(__dirname, 'mutilated_files.py'), byPython);
  const written = readdirSync(byPython).filter((name) => name.endsWith('.weights.h5'));
  mutilated = [...writeMutilatedFiles(folder, files), ...written.map((name) => join(byPython, name))];
  flipped = writeFlippedFiles(folder, files, 20);
  const compiled = compile();
  const before = listing();
  opened = await open(compiled, [...mutilated, ...flipped, ...good]);
  assert.deepEqual(listing(), before, 'files were written, changed or removed');
});

test('200 mutilated files end in a ModelFileError that names the file', { skip }, (t) => {
  assert.ok(mutilated.length >= 200, `${mutilated.length} files`);
  const wrong = mutilated
    .map((path) => opened.get(path)!)
    .filter(({ path, error }) => error?.name !== 'ModelFileError' || error.path !== path || !error.message);
  assert.deepEqual(wrong, []);
  t.diagnostic(`${mutilated.length} mutilated files: a ModelFileError each`);
});

test('bits flipped anywhere in an HDF5 file leave a model or end in a ModelFileError', { skip }, (t) => {
  const results = flipped.map((path) => opened.get(path)!);
  assert.deepEqual(
    results.filter(({ error }) => error && error.name !== 'ModelFileError'),
    [],
  );
  const errors = results.filter(({ error }) => error);
  t.diagnostic(
    `${results.length} files with bits flipped anywhere: ${errors.length} a ModelFileError, the others a model`,
  );
});

test('the process that met all these files still opens good ones', { skip }, () => {
  assert.deepEqual(
    good.map((path) => opened.get(path)?.error),
    good.map(() => undefined),
  );
});

test(`each file took at most ${SECONDS} s of a processor's time and ${MEGABYTES} MB, and left no tensor`, {
  skip,
}, (t) => {
  const results = [...opened.values()];
  const slowest = results.reduce((worst, each) => (each.seconds > worst.seconds ? each : worst));
  const largest = results.reduce((worst, each) => (each.megabytes > worst.megabytes ? each : worst));
  t.diagnostic(`slowest: ${slowest.seconds.toFixed(2)} s (${basename(slowest.path)})`);
  t.diagnostic(`most memory: ${Math.round(largest.megabytes)} MB (${basename(largest.path)})`);
  assert.ok(slowest.seconds <= SECONDS, JSON.stringify(slowest));
  assert.ok(largest.megabytes <= MEGABYTES, JSON.stringify(largest));
  assert.deepEqual(
    results.filter(({ leaked }) => leaked !== 0),
    [],
  );
});
