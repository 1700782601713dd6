import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { root } from '../support/root';

const temp = mkdtempSync(path.join(tmpdir(), 'thaw-docs-'));
after(() => rmSync(temp, { recursive: true, force: true }));

/** TypeDoc with the settings of `npm run docs`, on a module of these lines instead of Thaw's. */
function docs(...lines: string[]) {
  const folder = path.join(root, 'docs', 'api');
  const typedoc = path.join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const options = path.join(temp, 'typedoc.json');
  const settings = { extends: path.join(folder, 'typedoc.json'), entryPoints: ['index.ts'], tsconfig: 'tsconfig.json' };
  writeFileSync(options, JSON.stringify(settings));
  writeFileSync(path.join(temp, 'package.json'), JSON.stringify({ name: 'a_package', version: '0.0.0' }));
  const compiler = { compilerOptions: { strict: true, types: [] }, files: ['index.ts'] };
  writeFileSync(path.join(temp, 'tsconfig.json'), JSON.stringify(compiler));
  writeFileSync(path.join(temp, 'index.ts'), ['/** A module. @packageDocumentation */', ...lines].join('\n'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [typedoc, '--options', options, '--emit', 'none'], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

test('the reference of the API takes what is exported and documented', () => {
  const { status, output } = docs(
    '/** A size. */',
    'export interface Size {',
    '  /** In pixels. */',
    '  width: number;',
    '}',
    '/** The half of a {@link Size}. */',
    'export const half = (size: Size): Size => ({ width: size.width / 2 });',
  );
  assert.equal(status, 0, output);
  assert.equal(output, '');
});

test('what nobody can import, what has no docstring and a link that leads nowhere are errors, named one by one', () => {
  const { status, output } = docs(
    'interface Hidden { width: number }',
    '/** A size. */',
    'export interface Size { width: number }',
    'export const one = 1;',
    '/** The half of a {@link Length}. */',
    'export const half = (size: Hidden): number => size.width / 2;',
  );
  assert.notEqual(status, 0);
  assert.match(output, /Hidden, defined in .*, is referenced by half.size but not included in the documentation/);
  assert.match(output, /Size\.width \(Property\), .*, does not have any documentation/);
  assert.match(output, /one \(Variable\), .*, does not have any documentation/);
  assert.match(output, /Failed to resolve link to "Length"/);
});
