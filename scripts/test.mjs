/** `npm test`, the one gate: types, lint and format, unit tests, notebooks by nbval. */
import fs from 'node:fs';
import path from 'node:path';
import { command, python, root, run, say } from './setup/steps.mjs';
import { setup } from './setup.mjs';

/** @param {string} folder */
const testFiles = (folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => path.join(folder, name));

const node = process.execPath;
/** @type {[string, string, string[]][]} */
const gate = [
  ['types', node, ['node_modules/typescript/bin/tsc', '-p', 'tests']],
  ['types of the page', node, ['node_modules/typescript/bin/tsc', '-p', 'web', '--noEmit']],
  ['lint and format', node, ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.']],
  ['unit tests', node, ['--import', 'tsx', '--test', '--test-reporter=spec', ...testFiles('tests')]],
  ['notebooks by nbval', python, ['-m', 'pytest', '-c', 'tests/notebooks/pytest.ini', '--rootdir=.', 'notebooks']],
];

await command(async () => {
  await setup();
  process.env.THAW_PROFILE = 'quick'; // whatever the notebooks are run with otherwise
  for (const [what, program, args] of gate) {
    say(`\n■ ${what}`);
    const code = await run(program, args);
    if (code !== 0) {
      say(`\n✗ ${what} failed`);
      return code;
    }
  }
  return 0;
});
