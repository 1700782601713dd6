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
  test(`${name} has nothing of a network but its name, so that another can take its place throughout`, () => {
    const code = codeOf(name);
    const networks = new Set(code.match(/\bapplications\.\w+/g));
    assert.deepEqual([...networks], ['applications.vgg16']);
    assert.deepEqual(code.match(/.*(\bblock\d_|\b512\b|\b1024\b|12[ _]?800).*/g), null);
  });

  test(`${name} keeps its files in one folder, which another network can have of its own`, () => {
    const code = codeOf(name);
    assert.deepEqual(code.match(/.*\.\.\/results.*/g), ["const results = '../results';"]);
    const files = code.match(/(['"`])[^'"`\n]*\.(?:keras|csv)\1/g) ?? [];
    assert.notEqual(files.length, 0);
    for (const file of files) assert.match(file, /^`\$\{results\}\//);
  });
}
