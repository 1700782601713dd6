import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { finished, freshCheckout } from './fresh_checkout';

test('Ctrl-C during the installation of packages ends with 130, and the next run goes on', async () => {
  const checkout = freshCheckout('interrupted');
  const program = "import('./scripts/setup.mjs').then(({ setup }) => setup())";
  const child = spawn(process.execPath, ['-e', program], { cwd: checkout });
  child.stderr.on('data', (chunk) => {
    if (String(chunk).includes('node_modules:')) setTimeout(() => child.kill('SIGINT'), 1000);
  });
  const { code, text } = await finished(child);
  assert.equal(code, 130, text);
  assert.match(text, /Interrupted. Nothing is broken/);
  assert.equal(fs.existsSync(path.join(checkout, '.setup.lock')), false);
  assert.equal(fs.existsSync(path.join(checkout, 'node_modules', '.thaw')), false, 'the step is not taken for done');
  const again = spawn(process.execPath, ['-e', program], { cwd: checkout });
  again.stderr.on('data', (chunk) => String(chunk).includes('.venv:') && again.kill('SIGINT'));
  assert.match((await finished(again)).text, /node_modules:.*done in \d+ s\n• \.venv:/s);
});
