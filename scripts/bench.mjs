/** `npm run bench`: set-up, then Thaw beside Python Keras on the same pictures. */
import path from 'node:path';
import { command, run } from './setup/steps.mjs';
import { setup } from './setup.mjs';

await command(async () => {
  await setup();
  /** @param {string} name */
  const bench = (name) => run(process.execPath, ['--import', 'tsx', path.join('tests', 'benchmarks', `${name}.ts`)]);
  return (await bench('augmentation')) || (await bench('extraction'));
});
