import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Cell, code, printed, writeNotebooks } from '../notebooks/write_notebook';
import { python } from '../support/python';
import { root } from '../support/root';

const late = (ms: number, what: string) =>
  code(`setTimeout(() => { ${what} }, ${ms}); console.log('x')`, [printed('x\n')]);
const throws = "throw new Error('late')";
const first = code('const a = 1;');
const cells: Record<string, Cell[]> = {
  good: [first, code("console.log('x')", [printed('x\n')])],
  throws_soon: [first, late(100, throws)],
  rejects_soon: [first, late(300, "Promise.reject(new Error('late'))")],
  reads: [first, code("require('node:fs').promises.readFile('/late');\nconsole.log('x')", [printed('x\n')])],
  throws_later: [first, late(1500, throws)],
  exits: [first, code("console.log('x'); process.exit(0)", [printed('x\n')])],
  exits_later: [first, late(1500, 'process.exit(0)')],
};
const soon = ['throws_soon', 'rejects_soon', 'reads'];

let folder: string;
let remove: () => void;
before(() => {
  ({ folder, remove } = writeNotebooks(cells));
});
after(() => remove());

/** What nbval says of each notebook's last cell. */
function validate(names: string[], options: string[]): { outcomes: (string | undefined)[]; stdout: string } {
  const args = [
    '-m',
    'pytest',
    ...options,
    '--rootdir=.',
    '-rA',
    ...names.map((name) => path.join(folder, `${name}.ipynb`)),
  ];
  const { stdout } = spawnSync(python, args, { cwd: root, encoding: 'utf8' });
  const outcome = (name: string) =>
    stdout.match(new RegExp(`^(PASSED|FAILED) .*/${name}\\.ipynb::Cell 1\\b`, 'm'))?.[1];
  return { outcomes: names.map(outcome), stdout };
}

test('what goes wrong after the end of the last cell fails it in nbval, and so does a kernel that ends', () => {
  const names = Object.keys(cells);
  const { outcomes, stdout } = validate(names, ['-c', 'tests/notebooks/pytest.ini']);
  assert.deepEqual(outcomes, ['PASSED', ...names.slice(1).map(() => 'FAILED')], stdout);
  assert.match(stdout, /An error came after the last cell[\s\S]*Error: late\n {4}at Timeout.*\(cell \[2\], line 1\)/);
  assert.match(stdout, /The kernel has ended\./);
});

test('nbval without our configuration fails what goes wrong in half a second', () => {
  const { outcomes, stdout } = validate(['good', ...soon], ['--nbval', '-p', 'no:cacheprovider']);
  assert.deepEqual(outcomes, ['PASSED', ...soon.map(() => 'FAILED')], stdout);
});
