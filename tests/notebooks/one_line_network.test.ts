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

for (const name of ['03_data_augmentation', '04_fine_tuning']) {
  test(`${name} names VGG16 as the chapter does, and its layers and sizes nowhere`, () => {
    const code = codeOf(name);
    const others = code.match(/\bapplications\.(?!vgg16\b)\w+/g);
    assert.equal(others, null);
    assert.deepEqual(code.match(/.*(block\d_|\b512\b|\b1024\b|12[ _]?800).*/g), null);
  });

  test(`${name} keeps all its files in one folder, which another network can have for itself`, () => {
    const written = codeOf(name).match(/['`]\.\.\/results[^'`]*['`]/g);
    assert.deepEqual(written, ["'../results'"]);
  });
}
