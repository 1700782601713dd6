import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root, typescript } from '../support/root';
import { finished, freshCheckout, pathWith, step, temp, withBuildTool } from './fresh_checkout';

test('a missing compiler is an error that names the Debian and the macOS package', async () => {
  for (const programs of [['make'], ['g++']]) {
    const env = { PATH: pathWith(...programs), THAW_TENSORFLOW: 'wheel' };
    const { code, text } = await step(freshCheckout('compiler'), 'native_tensorflow', 'nativeTensorflow', env);
    assert.equal(code, 1);
    assert.match(text, /`(g\+\+|make)` was not found.*apt-get install g\+\+ make.*xcode-select --install/);
    assert.doesNotMatch(text, /at .*\.mjs:/, 'no stack');
  }
});

test('a missing Python is an error that names the Debian and the macOS package', async () => {
  const env = { PATH: pathWith('g++') };
  const { code, text } = await step(freshCheckout('python'), 'virtual_environment', 'virtualEnvironment', env);
  assert.equal(code, 1);
  assert.match(text, /Python from 3\.10 to 3\.13.*apt-get install python3 python3-venv.*brew install python/);
});

test('an unknown THAW_TENSORFLOW is an error that says what is expected, before anything is made', async () => {
  const env = { PATH: process.env.PATH, THAW_TENSORFLOW: 'tpu' };
  const { code, text } = await step(freshCheckout('unknown'), 'virtual_environment', 'virtualEnvironment', env);
  assert.equal(code, 1);
  assert.equal(text.trim(), "Expected THAW_TENSORFLOW to be 'official', 'wheel' or 'gpu'. Received: 'tpu'.");
});

test('packages of the GPU build stay until THAW_TENSORFLOW names another library', async () => {
  const checkout = freshCheckout('gpu');
  const key = createHash('sha256').update(
    `${fs.readFileSync(path.join(checkout, 'requirements-gpu.txt'))}\n${checkout}`,
  );
  fs.mkdirSync(path.join(checkout, '.venv'));
  fs.writeFileSync(path.join(checkout, '.venv', '.thaw'), key.digest('hex'));
  // Without a Python on the path a step that has something to do fails.
  const run = (THAW_TENSORFLOW?: string) =>
    step(checkout, 'virtual_environment', 'virtualEnvironment', { PATH: pathWith(), THAW_TENSORFLOW });
  for (const wanted of ['gpu', undefined]) assert.deepEqual(await run(wanted), { code: 0, text: '' });
  assert.match((await run('wheel')).text, /\.venv:.*400 MB.*Expected a Python/s);
  assert.deepEqual(await run('gpu'), { code: 0, text: '' }, 'what could not be replaced is there as before');
  fs.rmSync(path.join(checkout, '.venv'), { recursive: true });
  assert.match((await run('gpu')).text, /\.venv:.*3\.5 GB.*Expected a Python/s);
});

test('the official library of before gives way to the wheel, unless THAW_TENSORFLOW asks for it', async () => {
  const checkout = freshCheckout('before');
  const key = createHash('sha256').update(`${fs.readFileSync(path.join(checkout, 'requirements.txt'))}\n${checkout}`);
  const made = path.join(checkout, 'node_modules', '@tensorflow', 'tfjs-node', 'lib');
  fs.mkdirSync(made);
  fs.writeFileSync(path.join(made, '.thaw'), `official ${key.digest('hex')} whole`);
  // Without a compiler on the path a step that has something to build fails.
  const run = (THAW_TENSORFLOW?: string) =>
    step(checkout, 'native_tensorflow', 'nativeTensorflow', { PATH: pathWith(), THAW_TENSORFLOW });
  assert.deepEqual(await run('official'), { code: 0, text: '' });
  assert.match((await run()).text, /native TensorFlow.*`g\+\+` was not found/s);
});

test('the binding is built with the headers of another Node where this one has none', async () => {
  const checkout = freshCheckout('headers');
  const node = path.join(temp, 'bare', 'bin', 'node');
  fs.mkdirSync(path.dirname(node), { recursive: true });
  fs.copyFileSync(process.execPath, node);
  withBuildTool(checkout, "console.log(process.argv.slice(2).join(' ')); process.exit(1)");
  const env = { PATH: pathWith('g++', 'make') };
  const { text } = await step(checkout, 'native_tensorflow', 'nativeTensorflow', env, node);
  const prefix = ['/usr', '/usr/local'].find((folder) => fs.existsSync(`${folder}/include/node/node_api.h`));
  assert.ok(text.includes(`--build-from-source${prefix ? ` --nodedir=${prefix}` : ''}\n`), text);
});

test('set-up can be started from any folder, and by a link to the checkout', async () => {
  const checkout = freshCheckout('linked');
  const link = path.join(temp, 'link');
  fs.symlinkSync(checkout, link);
  const setUp = path.join(link, 'scripts', 'setup.mjs');
  const { code, text } = await finished(spawn(process.execPath, [setUp], { cwd: '/', env: { PATH: pathWith() } }));
  assert.notEqual(code, 0);
  assert.match(text, /node_modules: npm packages.*`npm` could not be started: .*ENOENT\n$/s, 'it begins');
});

test('the lock of the GPU build differs from the other in TensorFlow and the CUDA libraries', () => {
  const [cpu, gpu] = ['requirements.txt', 'requirements-gpu.txt'].map((file) =>
    fs.readFileSync(path.join(root, file), 'utf8').match(/^\S+==.*|^ +--hash=\S+/gm),
  );
  const rest = (lines: string[] | null | undefined) =>
    lines?.join('\n').replace(/^(tensorflow|nvidia)-?.*\n( .*\n)*/gm, '');
  assert.equal(rest(gpu), rest(cpu), 'make requirements-gpu.txt anew as requirements-gpu.in says');
});

test('what the set-up requires before native TensorFlow is there loads no TensorFlow', () => {
  const inFolder = (folder: string) =>
    fs.readdirSync(path.join(root, 'src', folder)).map((name) => `${folder}/${name}`);
  const modules = ['applications/imagenet_weights', 'datasets/cats_vs_dogs'];
  modules.push(...inFolder('applications/mirrors'), ...inFolder('saving/hdf5'));
  modules.splice(modules.indexOf('saving/hdf5/hdf5_watch.ts'), 1); // runs in a thread alone
  const program = `const loaded = () => Object.keys(require.cache).filter((file) => file.includes('@tensorflow'));
    for (const module of ${JSON.stringify(modules)}) require('./src/' + module);
    console.log(loaded());
    require('./src/tf');
    console.log(loaded().length > 0);
    process.exit();`;
  const { stdout, stderr } = spawnSync(process.execPath, [...typescript, '-e', program], { cwd: root });
  assert.deepEqual(String(stdout).split('\n'), ['[]', 'true', ''], String(stderr));
});
