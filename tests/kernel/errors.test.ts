import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { writeNotebooks } from '../notebooks/write_notebook';
import { type Answer, session, text, trace } from './session';

let folder: string;
let remove: () => void;
before(() => {
  ({ folder, remove } = writeNotebooks({}));
});
after(() => remove());

const run = (...cells: string[]) =>
  session(
    folder,
    cells.map((cell) => [cell]),
  ).answers;

test('a cell whose only await is `for await` works, and its variables are there for later cells', () => {
  const numbers = 'const numbers = async function* () { yield 1; yield 2; };';
  const answers = run(
    numbers,
    'for await (const number of numbers()) console.log(number);',
    'let sum = 0;\nfor await (const number of numbers()) sum += number;\nsum',
    'sum += 1;\nsum',
    '// @ts-ignore\nawait null;\nsum',
    'function wrong() { for await (const number of numbers()) console.log(number); }',
    'const wrong = () => { await null };',
  );
  const statuses = answers.map(({ reply }) => reply.status);
  assert.deepEqual(statuses, ['ok', 'ok', 'ok', 'ok', 'ok', 'error', 'error'], JSON.stringify(answers));
  assert.deepEqual(answers.slice(1, 5).map(text), ['1\n2\n', '3\n', '4\n', '4\n']);
  assert.match(trace(answers[5]), /'for await' loops are only allowed within async functions/);
  assert.match(trace(answers[6]), /'await' expressions are only allowed within async functions/);
});

test('an error shows the line of the cell as it was written, with its neighbours', () => {
  writeFileSync(
    path.join(folder, 'helper.ts'),
    "interface Unused { a: number }\n\nexport function half(n: number): number {\n  if (n < 0) throw new RangeError('negative');\n  return n / 2;\n}\n",
  );
  const cell = [
    "import { half } from './helper';",
    '',
    '// Types and empty lines are gone when it runs.',
    'interface Pair { a: string; b: string }',
    'const twice = (n: number): number => 2 * half(n);',
    'function check(n: number): number {',
    "  if (n > 10) throw new TypeError('too large');",
    '  return twice(n);',
    '}',
    'check(CALL)',
  ].join('\n');
  const [thrown, imported, awaited, refused, notCompiled] = run(
    cell.replace('CALL', '11'),
    cell.replace('CALL', '-1'),
    "await null;\n\n\nawait Promise.reject(new Error('rejected'));",
    "const one = 1;\n\nconst two: string = one;\nconst pair: { a: { b: string } } = { a: { b: 2 } };\n'end'",
    'const one = 1;\nconst object = { method() { await null } };',
  );
  assert.equal(
    trace(thrown),
    [
      'TypeError: too large',
      '    at check (cell [1], line 7)',
      '    at cell [1], line 10',
      '',
      '  5 | const twice = (n: number): number => 2 * half(n);',
      '  6 | function check(n: number): number {',
      ">  7 |   if (n > 10) throw new TypeError('too large');".replace('  7', ' 7'),
      '    |                     ^',
      '  8 |   return twice(n);',
      '  9 | }',
    ].join('\n'),
  );
  assert.match(
    trace(imported),
    /^RangeError: negative\n {4}at .*half \(helper\.ts, line 4\)\n {4}at twice \(cell \[2\], line 5\)/,
  );
  assert.match(trace(imported), /^> 4 | {3}if \(n < 0\) throw new RangeError\('negative'\);\n {4}\| {20}\^$/m);
  assert.match(trace(awaited), /^Error: rejected\n {4}at cell \[3\], line 4\n[\s\S]*^> 4 \| await Promise\.reject/m);
  const [first, second, ...others] = refused?.reply.traceback ?? [];
  assert.equal(others.length, 0);
  assert.match(
    first ?? '',
    /^TypeScriptError: .*\n {4}at cell \[4\], line 3\n[\s\S]*^> 3 \| const two: string = one;\n {4}\| {7}\^$/m,
  );
  assert.match(second ?? '', /^TypeScriptError: .*\n {4}at cell \[4\], line 4\n/);
  assert.match(
    trace(notCompiled),
    /^SyntaxError: .*\n\n {2}1 \| const one = 1;\n> 2 \| const object = [^\n]*\n {4}\| {29}\^$/m,
  );
});

const size = (answer: Answer | undefined) => JSON.stringify(answer).length;

test('the same error is told once and counted, one that is too long is cut, and so are too many', () => {
  const [same, different, long, next, hostile] = run(
    "const same = setInterval(() => { throw new Error('same') }, 1); await new Promise((r) => setTimeout(r, 1000)); clearInterval(same)",
    "for (let i = 0; i < 700; i++) Promise.reject(new Error('number ' + i));",
    "throw new Error('x'.repeat(3e7))",
    "console.log('next')",
    "throw Object.assign(new Error('x'), { name: { toString() { throw 1 } } })",
  );
  assert.match(trace(same), /^Error: same\n[\s\S]*\n\(\d\d+ times\)$/);
  assert.equal(trace(same).match(/Error: same/g)?.length, 1);
  assert.match(trace(different), /… and 690 more errors$/);
  assert.match(trace(long), /… \d+ characters are left out …/);
  for (const answer of [same, different, long]) assert.ok(size(answer) < 100_000, `${size(answer)}`);
  assert.equal(text(next), 'next\n');
  assert.equal(hostile?.reply.ename, 'Uncaught');
});

test('what fails after the end of a cell is printed below it and fails the next one, once', () => {
  const { answers } = session(folder, [
    ["setTimeout(() => { throw new Error('late') }, 1000);"],
    { command: 'sleep 3' },
    ["console.log('runs')"],
    ["console.log('good')"],
  ]);
  const [, next, good] = answers;
  assert.deepEqual([next?.reply.status, text(next)], ['error', 'runs\n']);
  assert.match(trace(next), /^After the end of cell \[1\]:\nError: late\n {4}at Timeout.*\(cell \[1\], line 1\)/);
  assert.deepEqual([good?.reply.status, text(good)], ['ok', 'good\n']);
});
