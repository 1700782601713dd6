/**
 * `npm run docs`: set-up, then the lists of what Thaw changes in tfjs, and the reference of the module's API in
 * `results/docs`. What a public signature uses and can't be imported, what has no docstring and what a docstring links to in
 * vain are errors.
 */
import { writeLists } from './docs/changes_list.mjs';
import { typedoc } from './gate/steps.mjs';
import { command, run } from './setup/steps.mjs';
import { setup } from './setup.mjs';

await command(async () => {
  await setup();
  writeLists();
  return run(process.execPath, typedoc);
});
