import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { finished, freshCheckout, startProgram, temp, withBuildTool } from './fresh_checkout';

const NATIVE = `import { nativeTensorflow } from './scripts/setup/native_tensorflow.mjs';\nawait nativeTensorflow()`;
const names = ['Thaw für Anfänger (2)', 'it\'s #1 100% $HOME;"a" & b?'];

test('the binding is built where no path has spaces or letters that make may take for something else', async () => {
  for (const name of names) {
    const checkout = freshCheckout(name);
    withBuildTool(checkout, 'console.log(process.cwd(), ...process.argv.slice(2)); process.exit(1)');
    const node = path.join(temp, `${name} node`, 'bin', 'node');
    fs.mkdirSync(path.dirname(node), { recursive: true });
    fs.copyFileSync(process.execPath, node);
    fs.mkdirSync(path.join(temp, `${name} node`, 'include', 'node'), { recursive: true });
    fs.writeFileSync(path.join(temp, `${name} node`, 'include', 'node', 'node_api.h'), '');
    // A folder for temporary files that is no better, nor is what it leads to.
    const TMPDIR = path.join(temp, `${name.length}`);
    fs.symlinkSync(checkout, TMPDIR);
    const { text } = await finished(startProgram(checkout, NATIVE, { ...process.env, TMPDIR }, node));
    const [, folder, headers] = text.match(/built:\n(.*) install --build-from-source --nodedir=(.*)\n/) ?? [];
    assert.ok(folder && headers, text);
    assert.match(`${folder}${headers}`, /^[\w./-]+$/);
    assert.ok(!fs.existsSync(folder), 'and leaves nothing there');
  }
});

test('what a killed build left among the temporary files is removed by the next one, and nothing of other checkouts', async () => {
  const [first, second] = [freshCheckout('killed build'), freshCheckout('other build')];
  const TMPDIR = path.join(temp, 'tmp');
  fs.mkdirSync(TMPDIR);
  const env = { ...process.env, TMPDIR };
  const begun = () =>
    fs.readdirSync(TMPDIR).filter((name) => fs.existsSync(path.join(TMPDIR, name, 'build.log'))).length;
  for (const [index, checkout] of [first, second].entries()) {
    withBuildTool(checkout, 'setTimeout(() => {}, 60_000)');
    const child = startProgram(checkout, NATIVE, env);
    await once(child.stderr, 'data');
    while (begun() === index) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  const left = fs.readdirSync(TMPDIR);
  assert.equal(left.length, 2);
  withBuildTool(first, 'process.exit(1)');
  assert.equal((await finished(startProgram(first, NATIVE, env))).code, 1);
  const [other] = fs.readdirSync(TMPDIR);
  assert.ok(left.includes(other!) && fs.readdirSync(TMPDIR).length === 1);
});
