import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { finished, freshCheckout, startProgram, temp, withBuildTool, write } from './fresh_checkout';

/** An environment in which these programs come before all others. */
function withPrograms(texts: Record<string, string>): NodeJS.ProcessEnv {
  const folder = fs.mkdtempSync(path.join(temp, 'bin-'));
  for (const [name, text] of Object.entries(texts)) write(path.join(folder, name), text, 0o755);
  return { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}`, THAW_TENSORFLOW: '' };
}

// A Python whose `-m venv` makes a folder with itself in it, and whose `-m pip` does what PIP says.
const PYTHON = `#!/bin/sh
case "$2" in
venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "#!$3/bin/python" > "$3/bin/jupyter" && touch "$3/pyvenv.cfg" ;;
pip) eval "$PIP" ;;
esac
`;
// As npm does: what is there goes first.
const NPM = '#!/bin/sh\nrm -rf node_modules docs/api/node_modules; eval "$NPM"\n';
const INSTALLS =
  'mkdir -p node_modules/a docs/api/node_modules; echo new > node_modules/a/x; sleep 1; touch node_modules/z';

/** Runs a step alone, as set-up does; a lock that a killed run left is taken over after a second. */
const start = (checkout: string, module: string, name: string, env = process.env) =>
  startProgram(
    checkout,
    `import { alone } from './scripts/setup/alone.mjs';
    import { ${name} } from './scripts/${module}.mjs';
    await alone(async () => ${name}(), 1);`,
    env,
  );

const there = (checkout: string, ...names: string[]) =>
  names.filter((name) => fs.existsSync(path.join(checkout, name)));
const leftovers = (checkout: string) => fs.readdirSync(checkout).filter((name) => name.startsWith('.setup.'));

test('where npm fails, the packages of before are as they were', async () => {
  const checkout = freshCheckout('npm fails');
  for (const name of ['node_modules/former', 'docs/api/node_modules/former']) write(path.join(checkout, name), '');
  const env = { ...withPrograms({ npm: NPM }), NPM: 'exit 1' };
  const { code, text } = await finished(start(checkout, 'setup', 'npmPackages', env));
  assert.equal(code, 1);
  assert.match(text, /`npm ci` failed/);
  assert.equal(there(checkout, 'node_modules/former', 'docs/api/node_modules/former').length, 2);
  assert.deepEqual(leftovers(checkout), []);
});

test('where the real npm reaches no registry, the packages of before are as they were', async () => {
  const checkout = freshCheckout('no registry');
  write(path.join(checkout, 'node_modules', 'former'), '');
  const npm = { registry: 'http://127.0.0.1:9', cache: path.join(temp, 'npm'), fetch_retries: '0' };
  const env = { ...process.env, ...Object.fromEntries(Object.entries(npm).map(([k, v]) => [`npm_config_${k}`, v])) };
  const { code, text } = await finished(start(checkout, 'setup', 'npmPackages', env));
  assert.equal(code, 1);
  assert.match(text, /Can the npm registry be reached\?/);
  assert.deepEqual(there(checkout, 'node_modules/former'), ['node_modules/former']);
});

test('where pip fails, the virtual environment of before is as it was', async () => {
  const checkout = freshCheckout('pip fails');
  write(path.join(checkout, '.venv', 'former'), '');
  const env = { ...withPrograms({ python3: PYTHON }), PIP: 'exit 1' };
  const { code, text } = await finished(start(checkout, 'setup/virtual_environment', 'virtualEnvironment', env));
  assert.equal(code, 1);
  assert.match(text, /`pip install` failed/);
  assert.deepEqual(there(checkout, '.venv/former'), ['.venv/former']);
  assert.deepEqual(leftovers(checkout), []);
});

test('what a killed pip has unpacked is cleared', async () => {
  const checkout = freshCheckout('pip killed');
  const TMPDIR = fs.mkdtempSync(path.join(temp, 'tmp-'));
  const env = { ...withPrograms({ python3: PYTHON }), TMPDIR, PIP: 'mkdir "$TMPDIR/pip-unpack-x"; kill -9 $$' };
  const { code } = await finished(start(checkout, 'setup/virtual_environment', 'virtualEnvironment', env));
  assert.equal(code, 1);
  assert.deepEqual([fs.readdirSync(TMPDIR), leftovers(checkout)], [[], []]);
});

test('a virtual environment names the path where it lies, not the one where it was made', async () => {
  const checkout = freshCheckout('venv');
  const env = { ...withPrograms({ python3: PYTHON }), PIP: 'exit 0' };
  const { code, text } = await finished(start(checkout, 'setup/virtual_environment', 'virtualEnvironment', env));
  assert.equal(code, 0, text);
  const script = fs.readFileSync(path.join(checkout, '.venv', 'bin', 'jupyter'), 'utf8');
  assert.equal(script, `#!${path.join(fs.realpathSync(checkout), '.venv', 'bin', 'python')}\n`);
  assert.equal((await finished(start(checkout, 'setup/virtual_environment', 'virtualEnvironment', env))).text, '');
});

test('where src/ does not compile, dist/ is as it was; where nothing changed, no file of it is touched', async () => {
  const checkout = freshCheckout('tsc');
  write(path.join(checkout, 'src', 'index.ts'), '');
  write(path.join(checkout, 'dist', 'former'), '');
  const tsc = path.join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
  const compile = () => finished(start(checkout, 'setup', 'compile'));
  write(tsc, 'process.exit(1)');
  assert.match((await compile()).text, /src\/ does not compile/);
  assert.deepEqual(there(checkout, 'dist/former'), ['dist/former']);
  const folder = "const fs = require('fs'); const folder = process.argv[process.argv.indexOf('--outDir') + 1];";
  write(tsc, `${folder} fs.mkdirSync(folder); fs.writeFileSync(folder + '/index.js', 'right')`);
  assert.equal((await compile()).code, 0);
  assert.deepEqual(fs.readdirSync(path.join(checkout, 'dist')).sort(), ['.thaw', 'index.js']);
  const before = fs.statSync(path.join(checkout, 'dist', 'index.js'));
  assert.deepEqual(await compile(), { code: 0, text: '' });
  assert.deepEqual(fs.statSync(path.join(checkout, 'dist', 'index.js')), before);
  for (const [name, text] of [
    ['dist/index.js', 'by hand'],
    ['dist/more.js', ''],
    ['src/index.ts', '// new'],
  ] as const) {
    write(path.join(checkout, name), text);
    assert.match((await compile()).text, /dist: src\/ compiled/, name);
    assert.deepEqual(fs.readdirSync(path.join(checkout, 'dist')).sort(), ['.thaw', 'index.js']);
    assert.equal(fs.readFileSync(path.join(checkout, 'dist', 'index.js'), 'utf8'), 'right');
  }
});

for (const [what, tool, said] of [
  ['can not be built', 'process.exit(1)', /tfjs-node could not be built/],
  ['does not load', "require('fs').mkdirSync('lib/napi-v8', { recursive: true })", /built but does not load/],
] as const) {
  test(`where the binding ${what}, the one of before is as it was`, async () => {
    const checkout = freshCheckout(`binding ${what}`);
    withBuildTool(checkout, tool);
    const former = 'node_modules/@tensorflow/tfjs-node/lib/former';
    write(path.join(checkout, former), '');
    const { code, text } = await finished(start(checkout, 'setup/native_tensorflow', 'nativeTensorflow'));
    assert.equal(code, 1);
    assert.match(text, said);
    assert.deepEqual(there(checkout, former), [former]);
    assert.deepEqual(leftovers(checkout), []);
  });
}

test('a set-up that is killed at any moment leaves the former packages or the new, whole; the next makes them', async () => {
  const checkout = freshCheckout('killed');
  const former = path.join(checkout, 'node_modules', 'former');
  const env = { ...withPrograms({ npm: NPM }), NPM: INSTALLS };
  for (let round = 0; round < 12; round++) {
    fs.rmSync(path.join(checkout, 'node_modules'), { recursive: true });
    write(former, '');
    const child = start(checkout, 'setup', 'npmPackages', env);
    const ended = once(child, 'close');
    await Promise.race([once(child.stderr, 'data'), ended]);
    await sleep(120 * round);
    child.kill('SIGKILL');
    await ended;
    const whole = there(checkout, 'node_modules/a/x', 'node_modules/z', 'node_modules/.thaw').length === 3;
    assert.ok(fs.existsSync(former) !== whole, `round ${round}`);
  }
  // npm of a killed run goes on for a while, in a folder that nobody looks into any more.
  const { code, text } = await finished(start(checkout, 'setup', 'npmPackages', env));
  assert.equal(code, 0, text);
  assert.equal(there(checkout, 'node_modules/a/x', 'node_modules/z', 'docs/api/node_modules').length, 3);
  await sleep(1500);
  assert.deepEqual(await finished(start(checkout, 'setup', 'npmPackages', env)), { code: 0, text: '' });
  assert.deepEqual(leftovers(checkout), []);
});

test('what was moved away by a run that was killed right then is put back, unless the new is there', async () => {
  const checkout = freshCheckout('moved away');
  const made = 'node_modules/@tensorflow/tfjs-node/lib';
  for (const folder of ['.venv', made])
    write(path.join(checkout, '.setup.old', encodeURIComponent(folder), 'former'), '');
  write(path.join(checkout, '.setup.old', 'dist', 'former'), '');
  write(path.join(checkout, 'dist', 'new'), '');
  write(path.join(checkout, '.setup.new-abcdef', '.venv', 'half'), '');
  write(path.join(checkout, '.setup.newer'), 'of somebody else');
  const { code, text } = await finished(start(checkout, 'setup/anew', 'clearLeftovers'));
  assert.equal(code, 0, text);
  const all = ['.venv/former', `${made}/former`, 'dist/new'];
  assert.deepEqual(there(checkout, ...all, 'dist/former'), all);
  assert.deepEqual(leftovers(checkout), ['.setup.newer']);
});
