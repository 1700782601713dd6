/** `npm run lab`: set-up, then JupyterLab on the notebooks; what follows `--` goes to JupyterLab. */
import { command, python, run } from './setup/steps.mjs';
import { setup } from './setup.mjs';

await command(async () => {
  await setup();
  return run(python, ['-m', 'jupyterlab', '--notebook-dir=notebooks', ...process.argv.slice(2)]);
});
