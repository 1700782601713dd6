/**
 * `npm run docs`: set-up, then the lists of what Thaw changes in tfjs, and the reference of the module's API in
 * `results/docs`. What a public signature uses and can't be imported, what has no docstring and what a docstring links to in
 * vain are errors.
 */
import path from 'node:path';
import { writeLists } from './docs/changes_list.mjs';
import { command, root, run } from './setup/steps.mjs';
import { setup } from './setup.mjs';

await command(async () => {
  await setup();
  writeLists();
  const folder = path.join(root, 'docs', 'api');
  const typedoc = path.join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc');
  return run(process.execPath, [typedoc, '--options', path.join(folder, 'typedoc.json')]);
});
