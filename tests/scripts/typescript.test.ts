import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { typescript } from '../support/root';

const folder = mkdtempSync(join(tmpdir(), 'thaw-typescript-'));
after(() => rmSync(folder, { recursive: true }));
const program = join(folder, 'program.ts');

/** Runs the program, and gives what it prints: whether it was compiled, and where it fails. */
function run(thrown: string, compiled?: string): { isCompiled: boolean; place: string | undefined } {
  writeFileSync(
    program,
    `interface Left { out: string }

const left: Left = { out: '${thrown}' };
console.log(Object.keys(require.cache).some((path) => /@swc.core/.test(path)));
console.log(new Error(left.out).stack);
`,
  );
  const { THAW_COMPILED, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, [...typescript, program], {
    encoding: 'utf8',
    env: { ...env, ...(compiled && { THAW_COMPILED: compiled }) },
  });
  assert.match(stdout, new RegExp(`Error: ${thrown}`), stderr);
  return { isCompiled: stdout.startsWith('true'), place: /program\.ts:(\d+:\d+)/.exec(stdout)?.[1] };
}

test('what one process has compiled another takes, as long as the file is the same; its stacks are those of the source', () => {
  const compiled = join(folder, 'compiled');
  mkdirSync(compiled);
  const place = '5:13';
  assert.deepEqual(run('first', compiled), { isCompiled: true, place });
  assert.deepEqual(run('first', compiled), { isCompiled: false, place });
  assert.deepEqual(run('second', compiled), { isCompiled: true, place });
  assert.deepEqual(run('first', compiled), { isCompiled: false, place });
  assert.equal(readdirSync(compiled).length, 2);
  assert.deepEqual(run('first'), { isCompiled: true, place });
});
