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
import { command, python, SetupError } from './setup/steps.mjs';
import { setup, setupCode } from './setup.mjs';

await command(async () => {
  const { values, positionals } = parse(usage, {
    options: { fast: { type: 'boolean' }, watch: { type: 'boolean' } },
    allowPositionals: true,
  });
  const { files, notebooks } = chooseTests(positionals, values.fast);
  if (values.watch && (notebooks.length > 0 || (positionals.length === 0 && !values.fast)))
    throw new SetupError(`Expected --watch with a part of test files' paths, or with --fast.\nUsage: ${usage}`);
  await (notebooks.length > 0 || files.some(kindOf) ? setup() : setupCode());
  process.env.THAW_PROFILE = 'quick'; // whatever the notebooks are run with otherwise

  const cores = os.availableParallelism();
  // Most tests keep one core busy at most: on two cores node itself would run one file at a time. Many of the fast ones wait,
  // for processes that they start, for locks and servers.
  const atOnce = values.fast ? cores + 1 : Math.max(2, cores - 1);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-test-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  process.env.THAW_COMPILED = path.join(folder, 'compiled'); // see typescript.cjs
  fs.mkdirSync(process.env.THAW_COMPILED);
  const [times, junit] = [path.join(folder, 'times'), path.join(folder, 'notebooks.xml')];
  const runner = ['--require', './scripts/typescript.cjs', '--test', `--test-concurrency=${atOnce}`];
  const reporting = ['--test-reporter=./scripts/gate/spec_in_source.mjs', '--test-reporter-destination=stdout'];
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
