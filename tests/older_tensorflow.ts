/**
 * @file Whether an older TensorFlow serves: lays the libraries of 2.10.1 under tfjs-node in a copy of the checkout, and
 * runs the tests on what depends on them there. `node --require ./scripts/typescript.cjs tests/older_tensorflow.ts`, on Linux x86-64; with a
 * part of their paths behind it, only those.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasHash } from '../src/utils/file_hash';
import { openZip } from '../src/utils/zip_archive';

const MAVEN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy';
const ARTIFACT = 'org.tensorflow:tensorflow-core-api:0.5.0:jar:linux-x86_64';
const JAR = 'tensorflow-core-api-0.5.0-linux-x86_64.jar';
const HASH = 'sha256:f394c5be26c8f3b644cdc77e6741b2cfe774caa8aedeb969c50e074444feac55';
// Graphs, optimizers, layers, callbacks, the feature bank, the families of networks, and parity with Python Keras.
const TESTS = /(^(tfjs|layers|callbacks)\/|bank|families|parity).*\.test\.ts$/;

const root = path.join(__dirname, '..');
const copy = path.join(root, 'results', 'older_tensorflow');
const tfjsNode = path.join(copy, 'node_modules', '@tensorflow', 'tfjs-node');

/** Copies what the tests need as hard links, which Node takes for files of their own; only the library is another. */
async function copyCheckout(): Promise<void> {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const names = ['node_modules', 'dist', 'src', 'tests', 'scripts', 'package.json', 'tsconfig.json'];
  run('cp', ['-al', ...names, copy], root);
  symlinkSync(path.join(root, '.venv'), path.join(copy, '.venv'));

  const maven = ['-B', '-q', '-Dstyle.color=never', MAVEN, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${copy}`];
  run('mvn', maven, copy, 'Install Maven: Debian: apt-get install maven · macOS: brew install maven');
  const jar = path.join(copy, JAR);
  if (!(await hasHash(jar, HASH))) throw new Error(`${JAR} has wrong bytes: expected ${HASH}`);
  const library = path.join(tfjsNode, 'lib', 'napi-v8');
  const zip = await openZip(jar);
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    rmSync(path.join(library, name)); // a link into the wheel
    const entry = zip.entries.get(`org/tensorflow/internal/c_api/linux-x86_64/${name}`);
    writeFileSync(path.join(library, name), await zip.read(entry!));
  }
  zip.close();
}

function run(program: string, args: string[], cwd: string, hint = 'see above'): void {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit', env });
  if (error || status !== 0) throw new Error(`\`${program}\` failed${error ? `: ${error.message}` : ''}. ${hint}`);
}

async function main(): Promise<void> {
  await copyCheckout();
  const version = "console.log('TensorFlow', require('@tensorflow/tfjs-node').backend().binding.TF_Version)";
  run(process.execPath, ['-r', './dist/tf.js', '-e', version], copy);
  const files = readdirSync(path.join(copy, 'tests'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => TESTS.test(name) && name.includes(process.argv[2] ?? ''),
  );
  let passed = 0;
  for (const file of files.sort()) {
    const args = ['--require', './scripts/typescript.cjs', '--test', '--test-reporter=spec', path.join('tests', file)];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
    console.log(status === 0 ? '✓' : `${stdout}\n✗`, file);
    passed += Number(status === 0);
  }
  console.log(`${passed} of ${files.length} test files pass`);
  rmSync(copy, { recursive: true });
  process.exitCode = passed === files.length ? 0 : 1;
}

main();
