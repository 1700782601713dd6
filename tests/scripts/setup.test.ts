import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../support/root';
import { finished, freshCheckout, temp } from './fresh_checkout';

/** A folder that holds these programs only, to be the whole path. */
function pathWith(...programs: string[]): string {
  const folder = fs.mkdtempSync(path.join(temp, 'bin-'));
  for (const program of programs) fs.symlinkSync('/bin/true', path.join(folder, program));
  return folder;
}

/** Runs one step of a checkout's set-up by itself, with this Node or another. */
function step(checkout: string, module: string, name: string, env: NodeJS.ProcessEnv, node = process.execPath) {
  const program = `import { command } from './scripts/setup/steps.mjs';
    import { ${name} } from './scripts/setup/${module}.mjs';
    await command(async () => (await ${name}(), 0));`;
  return finished(spawn(node, ['--input-type=module', '-e', program], { cwd: checkout, env }));
}

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
  assert.match((await run('gpu')).text, /\.venv:.*3\.5 GB.*Expected a Python/s);
});

test('the official library of before gives way to the wheel, unless THAW_TENSORFLOW asks for it', async () => {
  const checkout = freshCheckout('before');
  const key = createHash('sha256').update(`${fs.readFileSync(path.join(checkout, 'requirements.txt'))}\n${checkout}`);
  const stamp = path.join(checkout, 'node_modules', '@tensorflow', 'tfjs-node', '.thaw');
  fs.writeFileSync(stamp, `official ${key.digest('hex')}`);
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
  const programs = pathWith('g++', 'make');
  fs.writeFileSync(path.join(programs, 'npx'), '#!/bin/sh\necho "$@"; exit 1\n', { mode: 0o755 });
  fs.mkdirSync(path.join(checkout, '.venv', 'bin'), { recursive: true });
  fs.writeFileSync(path.join(checkout, '.venv', 'bin', 'python'), '#!/bin/sh\necho wheel\n', { mode: 0o755 });
  const { text } = await step(checkout, 'native_tensorflow', 'nativeTensorflow', { PATH: programs }, node);
  const prefix = ['/usr', '/usr/local'].find((folder) => fs.existsSync(`${folder}/include/node/node_api.h`));
  assert.ok(text.includes(`--build-from-source${prefix ? ` --nodedir=${prefix}` : ''}\n`), text);
});

test('the lock of the GPU build differs from the other in TensorFlow and the CUDA libraries', () => {
  const [cpu, gpu] = ['requirements.txt', 'requirements-gpu.txt'].map((file) =>
    fs.readFileSync(path.join(root, file), 'utf8').match(/^\S+==.*|^ +--hash=\S+/gm),
  );
  const rest = (lines: string[] | null | undefined) =>
    lines?.join('\n').replace(/^(tensorflow|nvidia)-?.*\n( .*\n)*/gm, '');
  assert.equal(rest(gpu), rest(cpu), 'make requirements-gpu.txt anew as requirements-gpu.in says');
});

test('THAW_TENSORFLOW=official fails clearly where the server does not answer', async () => {
  const checkout = freshCheckout('official');
  const package_ = path.join('node_modules', '@tensorflow', 'tfjs-node');
  for (const part of ['package.json', 'scripts'])
    fs.cpSync(path.join(root, package_, part), path.join(checkout, package_, part), { recursive: true });
  for (const name of ['rimraf', 'https-proxy-agent', 'progress', 'tar', 'adm-zip'])
    fs.symlinkSync(path.join(root, 'node_modules', name), path.join(checkout, 'node_modules', name));
  const env = { PATH: process.env.PATH, THAW_TENSORFLOW: 'official', CDN_STORAGE: 'http://127.0.0.1:9/' };
  const { code, text } = await step(checkout, 'native_tensorflow', 'nativeTensorflow', env);
  assert.equal(code, 1);
  assert.match(text, /official library could not be had/);
});

test('two set-ups of one checkout wait for each other', async () => {
  const checkout = freshCheckout('two');
  const program = `import { alone } from './scripts/setup/steps.mjs';
    await alone(async () => {
      console.log('begin');
      await new Promise((resolve) => setTimeout(resolve, 700));
      console.log('end');
    });`;
  const log = fs.openSync(path.join(temp, 'two.log'), 'a');
  const options = { cwd: checkout, stdio: ['ignore', log, 'ignore'] as ('ignore' | number)[] };
  const start = () => spawn(process.execPath, ['--input-type=module', '-e', program], options);
  await Promise.all([once(start(), 'close'), once(start(), 'close')]);
  fs.closeSync(log);
  assert.equal(fs.readFileSync(path.join(temp, 'two.log'), 'utf8'), 'begin\nend\nbegin\nend\n');
});

test('what the set-up requires before native TensorFlow is there loads no TensorFlow', () => {
  const inFolder = (folder: string) =>
    fs.readdirSync(path.join(root, 'src', folder)).map((name) => `${folder}/${name}`);
  const modules = ['applications/imagenet_weights', 'datasets/cats_vs_dogs'];
  modules.push(...inFolder('applications/mirrors'), ...inFolder('saving/hdf5'));
  const program = `const loaded = () => Object.keys(require.cache).filter((file) => file.includes('@tensorflow'));
    for (const module of ${JSON.stringify(modules)}) require('./src/' + module);
    console.log(loaded());
    require('./src/tf');
    console.log(loaded().length > 0);
    process.exit();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--require', 'tsx/cjs', '-e', program], { cwd: root });
  assert.deepEqual(String(stdout).split('\n'), ['[]', 'true', ''], String(stderr));
});
