import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../support/root';
import type { Notebook } from './write_notebook';

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
