import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { drawCatsAndDogs } from '../../src/datasets/cat_and_dog_drawings';
import { CLASSES, complete, picturePaths } from '../../src/datasets/picture_sets';
import { python } from '../support/python';
import { root } from '../support/root';
import { temporaryHome } from '../support/temporary_home';

test('a notebook passes nbval where there are no photographs, neither in a folder nor on a server', async () => {
  const { home } = temporaryHome();
  // To draw all 5000 takes a minute: each of these eight goes by many names.
  const few = path.join(home, 'few');
  await drawCatsAndDogs(few, { counts: { train: 4, validation: 0, test: 0 } });
  const partial = path.join(home, 'partial');
  for (const kind of CLASSES) {
    for (const set of ['train', 'validation', 'test']) mkdirSync(path.join(partial, set, kind), { recursive: true });
    for (const [index, file] of picturePaths({ train: 1000, validation: 500, test: 1000 }, kind).entries()) {
      linkSync(path.join(few, 'train', kind, `${kind}.${index % 4}.jpg`), path.join(partial, file));
    }
  }
  await complete(partial, path.join(home, 'cats_and_dogs_drawings'));

  const NODE_OPTIONS = "--import=data:text/javascript,globalThis.fetch=()=>Promise.reject('no_network')";
  const args = ['-m', 'pytest', '-c', 'tests/notebooks/pytest.ini', '--rootdir=.', 'notebooks/01_cats_and_dogs.ipynb'];
  const env = { ...process.env, NODE_OPTIONS };
  const { status, stdout, stderr } = spawnSync(python, args, { cwd: root, encoding: 'utf8', env });
  assert.equal(status, 0, stdout + stderr);
  assert.ok(!existsSync(path.join(home, 'cats_vs_dogs_small')), 'no photographs were fetched');
});
