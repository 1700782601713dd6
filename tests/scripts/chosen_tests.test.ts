import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../support/root';

const gate = import('../../scripts/gate/chosen_tests.mjs');

test('npm test without arguments is every test file and every notebook', async () => {
  const { chooseTests, testFiles } = await gate;
  const { files, notebooks } = chooseTests([]);
  assert.deepEqual(files, testFiles());
  assert.ok(files.includes('tests/utils/progbar.test.ts') && files.includes('tests/kernel/kernel.test.ts'));
  assert.equal(notebooks[0], 'notebooks/01_cats_and_dogs.ipynb');
  assert.equal(notebooks.length, 8);
});

test('patterns choose the test files whose path holds one, each once, and names choose notebooks', async () => {
  const { chooseTests } = await gate;
  const chosen = chooseTests(['progbar', '02', 'utils/load_img', 'tests/utils/progbar.test.ts', '04_fine_tuning']);
  assert.deepEqual(chosen, {
    files: ['tests/utils/load_img.test.ts', 'tests/utils/progbar.test.ts'],
    notebooks: ['notebooks/02_feature_extraction.ipynb', 'notebooks/04_fine_tuning.ipynb'],
  });
  // Not the notebook: its whole name, or its number.
  const { files, notebooks } = chooseTests(['fine_tuning']);
  assert.ok(files.every((file) => file.includes('fine_tuning')) && files.length > 0);
  assert.deepEqual(notebooks, []);
});

test('--fast leaves out notebooks and what needs more than Node and tfjs', async () => {
  const { chooseTests, kindOf, kinds } = await gate;
  const { files, notebooks } = chooseTests([], true);
  assert.ok(files.includes('tests/utils/image_dataset.test.ts'));
  assert.deepEqual(
    files.filter((file) => Object.keys(kinds).some((kind) => file.includes(`.${kind}.`) || file.includes(`/${kind}/`))),
    [],
  );
  assert.deepEqual(notebooks, []);
  assert.deepEqual(chooseTests(['image_dataset'], true).files, ['tests/utils/image_dataset.test.ts']);
  assert.equal(kindOf('tests/utils/image_dataset.keras.test.ts'), 'keras');
  assert.equal(kindOf('tests/kernel/kernel.test.ts'), 'kernel');
  assert.equal(kindOf('tests/saving/keras_json/compile_config.test.ts'), undefined);
});

for (const [args, said] of [
  [['progbar', 'no_such_test'], /^Expected a part of the path of .*: 01_cats_and_dogs, .*Received: 'no_such_test'\./],
  [['42'], /Received: '42'\.\nUsage: npm test/],
  [['--fast', 'kernel/kernel'], /^Expected a part of the path of a fast test .*Received: 'kernel\/kernel'\.\nUsage/],
  [['--fast', '02_feature_extraction'], /Received: '02_feature_extraction'/],
  [['--watch'], /^Expected --watch with a part of test files' paths, or with --fast\.\nUsage/],
  [['--watch', '02'], /^Expected --watch/],
  [['--slow'], /Unknown option '--slow'[\s\S]*Usage: npm test/],
] as const) {
  test(`npm test -- ${args.join(' ')} is an error before anything runs`, () => {
    const program = path.join(root, 'scripts', 'test.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr.trim(), said);
    assert.doesNotMatch(stderr, /at .*\.mjs:|Set-up|■/, 'no stack, no set-up');
    assert.equal(stdout, '');
  });
}
