import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { type Cell, code, notebook } from '../notebooks/write_notebook';
import { setUpCheckout } from './checkout';

const { checkout, env, remove } = setUpCheckout();
after(() => remove());

const inCheckout = (...names: string[]) => path.join(checkout, ...names);
const write = (stem: string, cells: Cell[]) =>
  writeFileSync(inCheckout(`${stem}.ipynb`), JSON.stringify(notebook(cells)));
const start = (args: string[], changes: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [inCheckout('scripts', 'start.mjs'), ...args], {
    encoding: 'utf8',
    cwd: checkout,
    env: { ...env, THAW_PROFILE: '', ...changes },
  });
const results = () => readdirSync(inCheckout('results')).sort();
const readJson = (name: string) => JSON.parse(readFileSync(inCheckout('results', name), 'utf8'));
const profileInKernel = () => [readJson('01_profile.ipynb').cells[0].outputs[0].text].flat().join('');

write('notebooks/01_profile', [code('console.log(process.env.THAW_PROFILE)')]);
write('notebooks/02_result', [
  code("console.log('test accuracy: 0.9705');\nconsole.log('test loss:     0.0912')", [], ['test-accuracy']),
]);
write('of_my_own', [code("console.log('mine')")]);
beforeEach(() => {
  for (const name of results()) rmSync(inCheckout('results', name));
});

test('npm start runs all notebooks with the profile quick and sums them up', () => {
  const { status, stdout, stderr } = start([]);
  assert.equal(status, 0, stderr);
  assert.equal(profileInKernel(), 'quick\n');
  assert.match(stdout, /^02_result +0\.9705 +0\.0912 /m);
  assert.deepEqual(results(), ['01_profile.ipynb', '02_result.ipynb', 'summary.json']);
  const { profile, stages } = readJson('summary.json');
  assert.equal(profile, 'quick');
  assert.deepEqual(
    stages.map(({ notebook }: { notebook: string }) => notebook),
    ['02_result'],
  );
});

test('the profile that is asked for reaches kernels and summary', () => {
  const { status, stderr } = start(['--profile', 'chapter', '02', '1'], { THAW_PROFILE: 'quick' });
  assert.equal(status, 0, stderr);
  assert.equal(profileInKernel(), 'chapter\n');
  assert.equal(readJson('summary.json').profile, 'chapter', 'both notebooks by their numbers are the whole set');
});

test('notebooks named by number, name or path run alone and leave the summary as it is', () => {
  writeFileSync(inCheckout('results', 'summary.json'), 'of the run before');
  const byPath = path.join('..', 'of_my_own.ipynb');
  const { status, stderr } = start(['02_result', byPath], { INIT_CWD: inCheckout('notebooks') });
  assert.equal(status, 0, stderr);
  assert.deepEqual(results(), ['02_result.ipynb', 'of_my_own.ipynb', 'summary.json']);
  assert.equal(readFileSync(inCheckout('results', 'summary.json'), 'utf8'), 'of the run before');
});

for (const [what, args, said] of [
  ['profile', ['--profile', 'long'], /Expected the profile quick or chapter\. Received: 'long'\.\nUsage: npm start/],
  ['notebook', ['07'], /Expected notebooks by number, name or path: 01_profile, 02_result\. Received: '07'\./],
  ['option', ['--epochs', '3'], /Unknown option '--epochs'[\s\S]*Usage: npm start/],
] as const) {
  test(`an unknown ${what} is an error before anything runs`, () => {
    const { status, stdout, stderr } = start([...args]);
    assert.equal(status, 1);
    assert.match(stderr, said);
    assert.doesNotMatch(stderr, /at .*\.mjs:|Set-up/, 'no stack, no set-up');
    assert.equal(stdout, '');
    assert.equal(existsSync(inCheckout('results', '01_profile.ipynb')), false);
  });
}
