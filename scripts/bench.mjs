/** `npm run bench`: set-up, then Thaw beside Python Keras; `npm run bench -- chapter`: the accuracies of three seeds. */
import path from 'node:path';
import { command, run } from './setup/steps.mjs';
import { setup } from './setup.mjs';

await command(async () => {
  await setup();
  const [only, ...seeds] = process.argv.slice(2);
  for (const name of only ? [only] : ['augmentation', 'extraction', 'families']) {
    const program = path.join('tests', 'benchmarks', `${name}.ts`);
    const code = await run(process.execPath, ['--import', 'tsx', program, ...seeds]);
    if (code !== 0) return code;
  }
  return 0;
});
