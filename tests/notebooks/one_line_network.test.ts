import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setUpCheckout } from '../scripts/checkout';
import { type Notebook, root } from './write_notebook';

const fileOf = (name: string) => path.join('notebooks', `${name}.ipynb`);

/** The code of a notebook, comments left out. */
function codeOf(name: string): string {
  const { cells }: Notebook = JSON.parse(readFileSync(path.join(root, fileOf(name)), 'utf8'));
  const sources = cells.filter((cell) => cell.cell_type === 'code').map(({ source }) => [source].flat().join(''));
  return sources.join('\n').replace(/\/\/.*/g, '');
}

for (const name of ['02_feature_extraction', '03_data_augmentation', '04_fine_tuning']) {
  test(`${name} names the network in one line, and nothing of it elsewhere`, () => {
    const code = codeOf(name);
    assert.deepEqual(code.match(/.*\bapplications\..*/g), ['const network = applications.vgg16; ']);
    assert.deepEqual(code.match(/.*(block\d|\b512\b|\b1024\b|12[ _]?800).*/g), null);
  });

  test(`${name} keeps each network's files under a name of their own`, () => {
    const written = codeOf(name).match(/'\.\.\/results\/.*|`\.\.\/results\/[^`]*`/g) ?? [];
    assert.notEqual(written.length, 0);
    for (const file of written) assert.match(file, /\$\{(prefix|name)\}/);
  });
}

test('feature extraction runs end to end with MobileNetV2 where that one line is changed', (t) => {
  const { checkout, env, remove } = setUpCheckout();
  try {
    const name = '02_feature_extraction';
    const source = readFileSync(path.join(root, fileOf(name)), 'utf8');
    // Its head is large on MobileNetV2's maps, and each epoch long: two show that it runs.
    const changed = source
      .replace('const network = applications.vgg16;', 'const network = applications.mobileNetV2;')
      .replace('const epochs = 20;', 'const epochs = 2;');
    writeFileSync(path.join(checkout, fileOf(name)), changed);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/start.mjs', '02'], {
      encoding: 'utf8',
      cwd: checkout,
      env,
    });
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(path.join(checkout, 'results', 'mobileNetV2_feature_extraction.keras')));
    const accuracy = Number(/^02_feature_extraction +(\d\.\d+)/m.exec(stdout)?.[1]);
    t.diagnostic(`test accuracy with MobileNetV2: ${accuracy}`);
    // With drawings, which are easier, too.
    assert.ok(accuracy > 0.93, stdout);
  } finally {
    remove();
  }
});
