/**
 * `npm test`, the one gate: types, lint and format, the API's reference, unit tests, notebooks by nbval; or some of the
 * tests. See CONTRIBUTING.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from './arguments.mjs';
import { chooseTests, kindOf, usage } from './gate/chosen_tests.mjs';
import { startKerasServer } from './gate/keras_server.mjs';
import { closingLine, slowest } from './gate/report.mjs';
import { check, reference, runSteps } from './gate/steps.mjs';
import { command, python, root, SetupError } from './setup/steps.mjs';
import { setup, setupCode } from './setup.mjs';

// Most tests keep one core busy at most: on two cores node itself would run one file at a time.
const atOnce = Math.max(2, os.availableParallelism() - 1);

await command(async () => {
  const { values, positionals } = parse(usage, {
    options: { fast: { type: 'boolean' }, watch: { type: 'boolean' } },
    allowPositionals: true,
  });
  const { files, notebooks } = chooseTests(positionals, values.fast);
  if (values.watch && (notebooks.length > 0 || (positionals.length === 0 && !values.fast)))
    throw new SetupError(`Expected --watch with a part of test files' paths, or with --fast.\nUsage: ${usage}`);
  if (files.length > 0 && root.includes('?'))
    throw new SetupError(`Expected a path without ?, at which tsx ends a path, for unit tests. Received: ${root}`);
  await (notebooks.length > 0 || files.some(kindOf) ? setup() : setupCode());
  process.env.THAW_PROFILE = 'quick'; // whatever the notebooks are run with otherwise

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-test-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const [times, junit] = [path.join(folder, 'times'), path.join(folder, 'notebooks.xml')];
  // Not `--import tsx`, which takes half a second more of each process, for ES modules that no test is.
  const runner = ['--require', 'tsx/cjs', '--test', `--test-concurrency=${atOnce}`];
  const reporting = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const timing = ['--test-reporter=./scripts/gate/file_times.mjs', `--test-reporter-destination=${times}`];
  const nbval = ['-m', 'pytest', '-c', 'tests/notebooks/pytest.ini', '--rootdir=.', `--junitxml=${junit}`];
  const unit = {
    what: 'unit tests',
    program: process.execPath,
    args: [...runner, ...reporting, ...(values.watch ? ['--watch'] : timing), ...files],
  };
  if (files.some((file) => kindOf(file) === 'keras')) await startKerasServer(folder);
  const code = await runSteps([
    ...(positionals.length === 0 && !values.watch ? check : []),
    ...(positionals.length === 0 && !values.fast ? [reference] : []),
    ...(files.length > 0 ? [unit] : []),
    ...(notebooks.length > 0 ? [{ what: 'notebooks by nbval', program: python, args: [...nbval, ...notebooks] }] : []),
  ]);
  const table = slowest(times, junit);
  if (table) process.stdout.write(`\n■ the slowest files\n${table}\n${closingLine(times, junit)}`);
  return code;
});
