/** `npm run bench`: set-up, then Thaw beside Python Keras; `npm run bench -- accuracy`: the accuracies of three seeds. */
import path from 'node:path';
import { command, run } from './setup/steps.mjs';
import { setup } from './setup.mjs';

await command(async () => {
  await setup();
  const [first, ...rest] = process.argv.slice(2);
  const [program, args] = first === 'accuracy' ? ['accuracy.ts', rest] : ['bench.ts', process.argv.slice(2)];
  return run(process.execPath, [
    '--require',
    './scripts/typescript.cjs',
    path.join('tests', 'benchmarks', program),
    ...args,
  ]);
});
