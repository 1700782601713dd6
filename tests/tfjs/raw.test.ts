import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { typescript } from '../support/root';

/** Adds 1 and 2 in a process of its own, after running `first`; a deprecated function that is called is an error there. */
function add(first: string, module: string) {
  const program = `const util = require('node:util');
    ${first};
    const tf = require(${JSON.stringify(module)});
    console.log(tf.add(1, 2).dataSync()[0]);`;
  const args = ['--throw-deprecation', ...typescript, '-e', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: __dirname, encoding: 'utf8' });
  return { status, stdout: stdout.trim(), stderr };
}

const asInNode: Record<string, string> = {
  'Node 22, which warns of it': "util.isNullOrUndefined = util.deprecate((x) => x == null, 'deprecated', 'DEP0051')",
  'Node 24, which lacks it': 'delete util.isNullOrUndefined',
};
for (const [where, first] of Object.entries(asInNode)) {
  test(`operations run without the function of util that tfjs-node calls, as on ${where}`, () => {
    const { status, stdout, stderr } = add(first, path.resolve(__dirname, '../../src/tf'));
    assert.deepEqual([status, stdout], [0, '3'], stderr);
  });

  test(`tfjs-node alone still calls it on ${where}`, () => {
    const { stderr } = add(first, '@tensorflow/tfjs-node');
    assert.match(stderr, /DEP0051|isNullOrUndefined\) is not a function/);
  });
}
