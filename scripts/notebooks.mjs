import fs from 'node:fs';
import path from 'node:path';
import { typedPath } from './arguments.mjs';
import { root } from './setup/steps.mjs';

/** The notebooks in their order, each as a path from the root. */
export const notebooks = fs
  .readdirSync(path.join(root, 'notebooks'))
  .filter((name) => /^\d\d_.*\.ipynb$/.test(name))
  .sort()
  .map((name) => path.join('notebooks', name));

/** Their names, for people to choose from. */
export const stems = notebooks.map((file) => path.parse(file).name).join(', ');

/**
 * The notebook that a person names by number, stem or path, as a path from the root.
 * @param {string} name
 * @returns {string | undefined} undefined where it names none
 */
export function findNotebook(name) {
  const typed = typedPath(name);
  if (name.endsWith('.ipynb') && fs.existsSync(typed)) return path.relative(root, typed);
  const stem = name.replace(/\.ipynb$/, '');
  const prefix = /^\d+$/.test(stem) ? `${stem.padStart(2, '0')}_` : `${stem}.ipynb`;
  return notebooks.find((file) => path.basename(file).startsWith(prefix));
}
