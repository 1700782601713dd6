import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { root, typescript } from '../support/root';

const folder = mkdtempSync(path.join(tmpdir(), 'thaw-slowest-'));
after(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string, text: string) => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};

test('the reporter tells of each file how long it took, its set-up and its failures included, and how many tests passed', () => {
  const imports = "const { before, test } = require('node:test');";
  const slow = inFolder(
    'slow.cjs',
    `${imports} before(() => new Promise((r) => setTimeout(r, 700))); test('a', () => {});`,
  );
  const fails = inFolder('fails.cjs', `${imports} test('b', () => { throw new Error(); });`);
  // Named as the gate names it: a whole path Node takes for a URL, in which # and % are something else.
  const options = ['--test', '--test-reporter=./scripts/gate/file_times.mjs', '--test-reporter-destination=stdout'];
  // Without what says that this is a test itself.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, [...options, fails, slow], { encoding: 'utf8', cwd: root, env });
  const lines = stdout.trim().split('\n');
  const times = new Map(lines.slice(0, -4).map((line) => line.split(' ').reverse() as [string, string]));
  assert.deepEqual(lines.slice(-4), ['pass 1', 'fail 1', 'cancelled 0', 'skipped 0']);
  assert.deepEqual([...times.keys()].sort(), [fails, slow]);
  assert.ok(Number(times.get(slow)) >= 0.7);
});

test('a test that failed is listed where it stands in the source', () => {
  const fails = inFolder(
    'fails.test.ts',
    `import { test } from 'node:test';

/** What the compiler leaves out moves what follows. */
interface Left {
  out: number;
}

  test('fails', () => {
    const left: Left = { out: 1 };
    throw new Error(String(left.out));
  });
`,
  );
  const options = ['--test', '--test-reporter=./scripts/gate/spec_in_source.mjs', fails];
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, [...typescript, ...options], { encoding: 'utf8', cwd: root, env });
  assert.match(stdout, /test at .*fails\.test\.ts:8:7\n/);
  assert.match(stdout, /fails\.test\.ts:10:11\)/);
});

test('the table has the ten slowest files and notebooks, the cells of a notebook added up', async () => {
  const { slowest } = await import('../../scripts/gate/report.mjs');
  const files = Array.from(
    { length: 12 },
    (_, index) => `${index}.5 ${path.join(root, 'tests', `${index}.test.ts`)}\n`,
  );
  const cell = (name: string, time: number) =>
    `<testcase classname="notebooks.${name}.ipynb" name="Cell 1" time="${time}" />`;
  const junit = `<testsuite tests="3" time="9">${cell('02_b', 100.04)}${cell('01_a', 7)}${cell('02_b', 23)}</testsuite>`;
  const table = slowest(inFolder('times', files.join('')), inFolder('notebooks.xml', junit));
  const row = (index: number) => `${`${index}.5`.padStart(8)} s  tests/${index}.test.ts`;
  assert.deepEqual(table.split('\n'), [
    '   123.0 s  notebooks/02_b.ipynb',
    ...[11, 10, 9, 8, 7].map(row),
    '     7.0 s  notebooks/01_a.ipynb',
    ...[6, 5, 4].map(row),
    '',
  ]);
  assert.equal(slowest(path.join(folder, 'none'), path.join(folder, 'none')), '');
});

test('the last line counts tests and cells together', async () => {
  const { closingLine } = await import('../../scripts/gate/report.mjs');
  const times = inFolder('counts', '1.5 tests/a.test.ts\npass 10\nfail 2\ncancelled 1\nskipped 3\n');
  const suite = '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="4" tests="20" time="9">';
  const none = path.join(folder, 'none');
  assert.equal(closingLine(times, inFolder('cells.xml', suite)), 'gate: 23 passed, 6 failed, 7 skipped\n');
  assert.equal(closingLine(times, none), 'gate: 10 passed, 3 failed, 3 skipped\n');
});
