/** `npm start`: set-up, then the notebooks one after another; executed copies and a table go to results/. */
import fs from 'node:fs';
import path from 'node:path';
import { command, python, root, run } from './setup/steps.mjs';
import { setup } from './setup.mjs';

await command(async () => {
  const notice = await setup();
  const folder = path.join(root, 'notebooks');
  const notebooks = fs.readdirSync(folder).filter((name) => /^\d\d_.*\.ipynb$/.test(name));
  const options = notice === undefined ? [] : ['--notice', notice];
  const paths = notebooks.sort().map((name) => path.join('notebooks', name));
  return run(python, [path.join('scripts', 'run_notebooks.py'), ...options, ...paths]);
});
