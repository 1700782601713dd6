import fs from 'node:fs';
import path from 'node:path';
import { findNotebook, notebooks, stems } from '../notebooks.mjs';
import { root, SetupError } from '../setup/steps.mjs';

export const usage = 'npm test [-- [--fast] [--watch] [PATTERN | NOTEBOOK ...]]';

/**
 * What a test may need that takes long to have or to start. Its path says so by one of these words, between dots as in
 * `vgg.keras.test.ts` or as a folder; where it says none, the test is fast.
 */
export const kinds = {
  keras: 'Python Keras',
  kernel: "the notebooks' kernel, and Python",
  browser: 'a browser',
  checkout: 'set-up, or commands in a checkout where it is complete',
  assets: 'ImageNet weights or photographs',
};

/**
 * @param {string} file
 * @returns {keyof typeof kinds | undefined} undefined of a fast test
 */
export function kindOf(file) {
  const words = file.split(/[/\\.]/);
  return /** @type {(keyof typeof kinds)[]} */ (Object.keys(kinds)).find((kind) => words.includes(kind));
}

/** All test files, as paths from the root. */
export const testFiles = () =>
  fs
    .readdirSync(path.join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => path.join('tests', name));

/**
 * The test files and notebooks that a person asks for: all of them, or those that a pattern or a notebook's name chooses.
 * @param {string[]} patterns parts of test files' paths, and notebooks by number, stem or path
 * @param {boolean} [fast] fast tests only, and no notebooks
 * @returns {{ files: string[], notebooks: string[] }}
 * @throws SetupError naming a pattern that chooses nothing.
 */
export function chooseTests(patterns, fast = false) {
  const all = testFiles().filter((file) => !fast || !kindOf(file));
  if (patterns.length === 0) return { files: all, notebooks: fast ? [] : notebooks };
  const files = new Set();
  const chosen = new Set();
  for (const pattern of patterns) {
    const notebook = fast ? undefined : findNotebook(pattern);
    const found = notebook ? [] : all.filter((file) => file.replaceAll('\\', '/').includes(pattern));
    if (notebook) chosen.add(notebook);
    else if (found.length === 0)
      throw new SetupError(
        fast
          ? `Expected a part of the path of a fast test in tests/. Received: '${pattern}'.\nUsage: ${usage}`
          : `Expected a part of the path of a file in tests/ that ends in .test.ts, or a notebook by number, name or path: ${stems}. Received: '${pattern}'.\nUsage: ${usage}`,
      );
    for (const file of found) files.add(file);
  }
  return { files: all.filter((file) => files.has(file)), notebooks: [...chosen].sort() };
}
