import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../support/root';
import { type Step, session, text } from './session';

/** A checkout in small: a package at the root, linked into `node_modules`, others beside it, and a folder of notebooks. */
let checkout: string;
before(() => {
  checkout = mkdtempSync(path.join(tmpdir(), 'thaw-disk-'));
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
    writeFileSync(path.join(checkout, file), content);
  };
  const names = { name: 'small', version: '1.0.0', main: 'dist/index.js', types: 'dist/index.d.ts' };
  const dependencies = { two: '1.0.0', '@types/node': '1.0.0' };
  write('package.json', JSON.stringify({ ...names, private: true, workspaces: ['.'], dependencies }));
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "declaration": true, "rootDir": "src", "outDir": "dist", "module": "commonjs", "types": [] }, "include": ["src"] }',
  );
  write('src/index.ts', 'export const one: number = 1;\n');
  write('dist/index.js', 'exports.one = 1;\n');
  write('dist/index.d.ts', 'export declare const one: number;\n');
  write('node_modules/two/package.json', '{ "name": "two", "version": "1.0.0", "types": "index.d.ts" }');
  write('node_modules/two/index.js', 'exports.two = 2;\n');
  write('node_modules/two/index.d.ts', 'export declare const two: number;\n');
  write('notebooks/helper.ts', 'export const name = () => "first";\n');
  write('new/package.json', '{ "name": "three", "version": "1.0.0", "types": "index.d.ts" }');
  write('new/index.js', 'exports.three = 3;\n');
  write('new/index.d.ts', 'export declare const three: number;\n');
  write('late/package.json', '{ "name": "four", "version": "1.0.0", "types": "index.d.ts" }');
  write('late/index.js', 'exports.four = 4;\n');
  write('late/index.d.ts', 'export declare const four: number;\n');
  symlinkSync('..', path.join(checkout, 'node_modules', 'small'));
  write(
    'node_modules/@types/node/package.json',
    '{ "name": "@types/node", "version": "1.0.0", "types": "index.d.ts" }',
  );
  write(
    'node_modules/@types/node/index.d.ts',
    'declare const console: { log(...values: unknown[]): void };\ndeclare function setTimeout(f: (value: unknown) => void, ms: number): void;\n',
  );
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: checkout });
  write('.gitignore', 'node_modules\n');
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'first');
  write('src/index.ts', 'export const one: string = "one";\nexport const more = 1;\n');
  write('dist/index.d.ts', 'export declare const one: string;\n');
  git('commit', '-qam', 'second');
  git('checkout', '-q', 'HEAD~');
});
after(() => rmSync(checkout, { recursive: true, force: true }));

const tsc = `${process.execPath} ${path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')} -p .`;
/** What happens to the files, as shell commands in the checkout. */
const changes: Record<string, string> = {
  'hard links to all packages':
    'cp -al node_modules ../$(basename $PWD)-links; sleep 0.3; rm -r ../$(basename $PWD)-links',
  'hard links to one package': 'cp -al node_modules/two node_modules/.two; sleep 0.3; rm -r node_modules/.two',
  'an installed package': 'npm install --no-audit --no-fund --no-save --offline --install-links ./new',
  'a touched package.json': 'touch package.json node_modules/two/package.json',
  'a new folder in node_modules': 'mkdir node_modules/empty; touch node_modules/empty/index.js',
  'a build': tsc,
  'a checkout of another commit': 'git checkout -q --force master 2>/dev/null || git checkout -q --force main',
  'a half-written declaration': 'echo "export declare const on" > dist/index.d.ts',
  'a declaration that vanishes': 'rm dist/index.d.ts node_modules/two/index.d.ts',
  'a package that vanishes': 'rm -r node_modules/two',
  'all packages that vanish': 'rm -r node_modules',
};

test('what changes on disk while a cell runs, or between two, breaks no cell', () => {
  const use =
    "import { one } from 'small';\nimport { two } from 'two';\nconst sum: number = one + two;\nconsole.log(sum)";
  const training = (label: string) => `
    console.log('begins');
    for (let batch = 0; batch < 10; batch++) await new Promise((done) => setTimeout(done, 50));
    console.log(${JSON.stringify(label)}, one + two)`;
  const steps: Step[] = Object.entries(changes).flatMap(([what, change]) => {
    const command = `cd .. && ${change}`;
    return [
      { cell: training(what), at: 'begins', command },
      [use],
      { command: `${command} || true` },
      ['sum + 1'],
      [use],
    ];
  });
  const { answers } = session(path.join(checkout, 'notebooks'), [[use], ...steps]);
  const [first, ...others] = answers;
  assert.equal(text(first), '3\n', JSON.stringify(first));
  for (const [index, what] of Object.keys(changes).entries()) {
    const told = others.slice(4 * index, 4 * index + 4);
    const expected = [`begins\n${what} 3\n`, '3\n', '4\n', '3\n'];
    assert.deepEqual(told.map(text), expected, `${what}: ${JSON.stringify(told)}`);
    assert.deepEqual(
      told.map(({ reply }) => reply.status),
      Array(4).fill('ok'),
      what,
    );
  }
});

test('a module that is being written, as by tsc, is waited for', () => {
  const cell = `
    console.log('begins');
    await new Promise((done) => setTimeout(done, 200));
    const { four } = await import('four');
    console.log(four)`;
  const install = 'mkdir -p ../node_modules && cp -r ../late ../node_modules/four';
  const command = "cd ../node_modules/four && : > index.js && sleep 0.7 && echo 'exports.four = 5;' > index.js";
  const steps = [{ command: install }, { cell, at: 'begins', command }, { command: 'rm -r ../node_modules/four' }];
  const { answers } = session(path.join(checkout, 'notebooks'), steps);
  assert.equal(text(answers[0]), 'begins\n5\n', JSON.stringify(answers));
});

test('code beside the notebook may be edited, vanish and come back, and a package may be installed late', () => {
  const use = "import { name } from './helper';\nname()";
  const useFour = "import { four } from 'four';\nfour";
  const { answers } = session(path.join(checkout, 'notebooks'), [
    [use],
    { command: 'echo \'export const name = () => "second";\' > helper.ts' },
    [use],
    { command: 'rm helper.ts' },
    ['1 + 1'],
    ['name()'],
    [use],
    { command: "echo 'export const name = () => 3;' > helper.ts" },
    [use],
    [useFour],
    { command: 'mkdir -p ../node_modules && cp -r ../late ../node_modules/four' },
    [useFour],
  ]);
  const told = answers.map((answer) => (answer.reply.status === 'ok' ? text(answer) : answer.reply.evalue));
  assert.deepEqual(told, [
    'first\n',
    'second\n',
    '2\n',
    'second\n',
    "Cannot find module './helper' or its corresponding type declarations.",
    '3\n',
    "Cannot find module 'four' or its corresponding type declarations.",
    '4\n',
  ]);
});
