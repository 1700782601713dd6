import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { root } from '../support/root';
import { type Row, tableRows } from './keras_to_thaw_rows';

const rows = tableRows(readFileSync(path.join(root, 'docs/keras_to_thaw.md'), 'utf8'));
// Under the checkout, since `thaw` resolves from a program's folder upward.
const program = mkdtempSync(path.join(root, 'tests', '.tmp-'));
const pictures = mkdtempSync(path.join(tmpdir(), 'thaw-table-'));
after(() => {
  for (const folder of [program, pictures]) rmSync(folder, { recursive: true });
});

const compilerOptions = {
  target: 'es2022',
  module: 'node16',
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
};

/** What the compiler finds wrong with the TypeScript column as one program, each with its line in the page. */
function compile(column: Row[]): string[] {
  const isImport = ({ typescript }: Row) => typescript.startsWith('import');
  const parts = [
    ...column.filter(isImport),
    { line: 0, typescript: 'export async function program() {' },
    ...column.filter((row) => !isImport(row)),
    { line: 0, typescript: '}' },
  ];
  const lines = parts.flatMap(({ line, typescript }) => typescript.split('\n').map((text) => ({ line, text })));
  writeFileSync(path.join(program, 'program.ts'), lines.map(({ text }) => text).join('\n'));
  writeFileSync(path.join(program, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', program, '--pretty', 'false'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const errors = [...stdout.matchAll(/program\.ts\((\d+),\d+\): error (.*)/g)];
  if (status !== 0 && errors.length === 0) throw new Error(`The compiler failed: ${stdout}${stderr}`);
  return errors.map(([, place, message]) => `line ${lines[Number(place) - 1]!.line}: ${message}`);
}

/** The rows with the one that holds `code` changed. */
function changed(side: 'python' | 'typescript', code: string, to: string): { column: Row[]; line: number } {
  const place = rows.findIndex((row) => row[side].includes(code));
  assert.notEqual(place, -1, code);
  const column = rows.map((row, i) => (i === place ? { ...row, [side]: row[side].replace(code, to) } : row));
  return { column, line: rows[place]!.line };
}

test('the TypeScript column compiles as one strict program', () => assert.deepEqual(compile(rows), []));

test('a name that thaw lacks is reported with the line of its row', () => {
  const { column, line } = changed('typescript', 'layers.randomFlip', 'layers.randomFlop');
  const [error, ...more] = compile(column);
  assert.match(error!, new RegExp(`^line ${line}: .*randomFlop`));
  assert.deepEqual(more, []);
});

test('an argument of the wrong type is reported with the line of its row', () => {
  const { column, line } = changed('typescript', "monitor: 'val_loss'", 'monitor: 1');
  assert.match(compile(column).join(), new RegExp(`^line ${line}: .*'number'`));
});

test('a row without code on a side has a dash there', () => {
  const row = '| `import keras` | `import * as tf from tfjs;`<br>`f(1 \\| 2);` |';
  assert.deepEqual(tableRows(`text\n${row}`), [
    { line: 2, python: 'import keras', typescript: 'import * as tf from tfjs;\nf(1 | 2);' },
  ]);
  assert.deepEqual(tableRows('| — | `f();` |'), [{ line: 1, python: '', typescript: 'f();' }]);
  assert.throws(() => tableRows('| | `f();` |'), /line 1/);
  assert.throws(() => tableRows('| `f()` |'), /two cells.*line 1/);
});

test('no line of code is wider than half of a page on GitHub', () => {
  const lines = rows.flatMap(({ python, typescript }) => `${python}\n${typescript}`.split('\n'));
  assert.deepEqual(
    lines.filter((line) => line.length > 53),
    [],
  );
});
