import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Behaviour, serveFile } from '../support/file_server';
import { root } from '../support/root';
import { finished, freshCheckout, startProgram, step, temp, write } from './fresh_checkout';

const servers: { close: () => Promise<void> }[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The library's archive, as far as set-up is concerned. */
function archive(): Buffer {
  const folder = path.join(temp, 'library');
  write(path.join(folder, 'include', 'c_api.h'), 'a header');
  write(path.join(folder, 'lib', 'libtensorflow.so.2.9.1'), 'a library');
  if (!fs.existsSync(`${folder}/lib/libtensorflow.so`))
    fs.symlinkSync('libtensorflow.so.2.9.1', `${folder}/lib/libtensorflow.so`);
  const { status, stderr } = spawnSync('tar', ['-czf', path.join(temp, 'a.tar.gz'), '-C', folder, '.']);
  assert.equal(status, 0, String(stderr));
  return fs.readFileSync(path.join(temp, 'a.tar.gz'));
}

/** A checkout in which only the official library is missing, and its set-up's environment. */
function withoutLibrary(name: string, server: string) {
  const checkout = freshCheckout(name);
  for (const each of ['dist', '.venv']) fs.symlinkSync(path.join(root, each), path.join(checkout, each));
  const folders = { THAW_HOME: path.join(temp, `${name} home`), THAW_ASSETS: temp };
  return { checkout, env: { ...process.env, ...folders, THAW_TENSORFLOW: 'official', CDN_STORAGE: server } };
}

async function fetchLibrary(name: string, served: Buffer, hash: string, behaviour: Behaviour = {}) {
  const server = await serveFile(served, behaviour);
  servers.push(server);
  const { checkout, env } = withoutLibrary(name, server.url.replace('file.bin', ''));
  const asked = JSON.stringify({ path: 'libtensorflow/cpu.tar.gz', hash });
  const program = `import { officialLibrary } from './scripts/setup/official_library.mjs';
    await officialLibrary(${asked}, 'deps')`;
  const run = () => finished(startProgram(checkout, program, env));
  return { ...(await run()), again: run, server, deps: path.join(checkout, 'deps'), home: env.THAW_HOME };
}

test('the official library is taken by its hash, kept in the cache and unpacked', async () => {
  const bytes = archive();
  const { code, text, again, server, deps, home } = await fetchLibrary('right', bytes, sha256(bytes));
  assert.equal(code, 0, text);
  assert.equal(fs.readFileSync(path.join(deps, 'lib', 'libtensorflow.so'), 'utf8'), 'a library');
  assert.equal(fs.readFileSync(path.join(deps, 'include', 'c_api.h'), 'utf8'), 'a header');
  assert.deepEqual(fs.readdirSync(path.join(home, 'tensorflow')), ['cpu.tar.gz']);
  fs.rmSync(deps, { recursive: true });
  assert.equal((await again()).code, 0);
  assert.equal(server.ranges.length, 1);
});

test('an official library with other bytes is refused before anything of it is unpacked', async () => {
  const bytes = archive();
  const { code, text, deps, home } = await fetchLibrary('wrong', bytes, sha256(bytes.subarray(1)));
  assert.equal(code, 1);
  assert.match(text, /official library could not be had.*wrong bytes: expected sha256:/s);
  assert.doesNotMatch(text, /at .*\.mjs:/, 'no stack');
  assert.ok(!fs.existsSync(deps));
  assert.deepEqual(fs.readdirSync(path.join(home, 'tensorflow')), []);
});

test('THAW_TENSORFLOW=official fails clearly where the server does not answer', async () => {
  const { checkout, env } = withoutLibrary('official', 'http://127.0.0.1:9/');
  for (const file of ['binding.gyp', 'package.json', 'binding/a.cc'])
    write(path.join(checkout, 'node_modules', '@tensorflow', 'tfjs-node', file), '{}');
  const { code, text } = await step(checkout, 'native_tensorflow', 'nativeTensorflow', env);
  assert.equal(code, 1);
  assert.match(text, /official library could not be had/);
});

test('each archive is that of tfjs-node, and has a hash; for any other system there is none', async () => {
  const { officialArchive } = await import('../../scripts/setup/official_library.mjs');
  const scripts = path.join(root, 'node_modules', '@tensorflow', 'tfjs-node', 'scripts');
  const known = ['install.js', 'deps-constants.js'].map((name) => fs.readFileSync(path.join(scripts, name), 'utf8'));
  for (const system of ['linux x64', 'linux arm64', 'darwin x64', 'darwin arm64', 'win32 x64']) {
    const { path: file, hash } = officialArchive(system);
    assert.match(hash, /^sha256:[0-9a-f]{64}$/);
    const [, kind, version] = file.match(/libtensorflow-(cpu-\w+-\w+)-([\d.]+)\.(?:tar\.gz|zip)$/) ?? [];
    if (kind) assert.ok(known.join().includes(`'${kind}'`) && known.join().includes(`'${version}'`), file);
    else assert.ok(known.join().includes(file), file);
  }
  assert.throws(() => officialArchive('freebsd x64'), /Expected a system .*linux x64, .*Received: freebsd x64/);
});
