import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { advice, needs, python, read, root, run, SetupError, say } from './steps.mjs';
import { wantedTensorflow } from './wanted_tensorflow.mjs';

const tfjsNode = path.join(root, 'node_modules', '@tensorflow', 'tfjs-node');

/** Takes libtensorflow and the prebuilt binding as the package's own install script does. */
async function official() {
  say('  the official library (about 100 MB to download)');
  fs.rmSync(path.join(tfjsNode, 'lib'), { recursive: true, force: true });
  const PATH = `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`;
  const options = { cwd: tfjsNode, env: { ...process.env, PATH } };
  const installed = (await run(process.execPath, ['scripts/install.js', 'cpu', 'download'], options)) === 0;
  if (!installed || !(await loads()))
    throw new SetupError(
      'The official library could not be had; see above. Is its server reachable? On Linux x86-64, THAW_TENSORFLOW=wheel needs none.',
    );
}

/** Lays the library of the wheel in `.venv` where tfjs-node's build looks for it. */
function layLibrary() {
  const where = 'import importlib.util as u; print(u.find_spec("tensorflow").submodule_search_locations[0])';
  const wheel = spawnSync(python, ['-c', where], { encoding: 'utf8' }).stdout.trim();
  const deps = path.join(tfjsNode, 'deps');
  fs.rmSync(deps, { recursive: true, force: true });
  fs.mkdirSync(path.join(deps, 'lib'), { recursive: true });
  fs.symlinkSync(path.join(wheel, 'include'), path.join(deps, 'include'));
  for (const name of ['libtensorflow.so', 'libtensorflow_cc.so.2'])
    fs.symlinkSync(path.join(wheel, 'libtensorflow_cc.so.2'), path.join(deps, 'lib', name));
  for (const name of ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'])
    fs.symlinkSync(path.join(wheel, 'libtensorflow_framework.so.2'), path.join(deps, 'lib', name));
  const nvidia = path.join(wheel, '..', 'nvidia');
  if (!fs.existsSync(nvidia)) return;
  // The GPU build looks for CUDA in ../nvidia from where it was loaded: from the links' folder, not from the wheel's.
  fs.symlinkSync(nvidia, path.join(deps, 'nvidia'));
  // Its check of CUDA's libraries, in Python too, fails for this one: no folder that it looks in has it.
  const solver = path.join(nvidia, 'cusparse', 'lib', 'libcusolver.so.11');
  fs.rmSync(solver, { force: true });
  fs.symlinkSync(path.join('..', '..', 'cusolver', 'lib', 'libcusolver.so.11'), solver);
}

/** Builds the binding against the library of the wheel. */
async function build() {
  needs('g++', advice.compiler);
  needs('make', advice.compiler);
  say('  building the binding against the library in .venv (half a minute)');
  layLibrary();
  // Headers beside this Node are taken, else those of another: Node-API is the same in all. Without any, node-gyp
  // downloads some.
  const prefixes = [path.resolve(process.execPath, '..', '..'), '/usr', '/usr/local'];
  const prefix = prefixes.find((folder) => fs.existsSync(path.join(folder, 'include', 'node', 'node_api.h')));
  const headers = prefix ? [`--nodedir=${prefix}`] : [];
  const log = path.join(tfjsNode, 'build.log');
  const output = fs.openSync(log, 'w');
  const code = await run('npx', ['--no-install', 'node-pre-gyp', 'install', '--build-from-source', ...headers], {
    cwd: tfjsNode,
    stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  if (code !== 0) {
    const hint = prefix ? advice.compiler : advice.headers;
    throw new SetupError(`tfjs-node could not be built:\n${read(log).slice(-1500)}\nWhole log: ${log}\n${hint}`);
  }
  if (!(await loads())) throw new SetupError('The binding was built but does not load; see above.');
}

/** Loads the binding, multiplies two matrices and names TensorFlow's version and the device. */
async function loads() {
  const program = `const tf = require('./dist/tf.js');
    const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync().join();
    if (product !== '19,22,43,50') throw new Error('Expected 19,22,43,50. Received: ' + product);
    const { binding, isUsingGpuDevice } = tf.backend();
    const device = isUsingGpuDevice ? 'GPU' : 'CPU';
    console.error('  TensorFlow ' + binding.TF_Version + ' loads and multiplies two matrices rightly on the ' + device);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  return (await run(process.execPath, ['-e', program], { env })) === 0;
}

const stamp = path.join(tfjsNode, '.thaw');

/** True where the library that is wanted is there. */
export function hasNativeTensorflow() {
  const { wanted, key } = wantedTensorflow();
  // The wheel's library is a link into .venv, which may have been made anew with another Python.
  const isThere = wanted === 'official' || fs.existsSync(path.join(tfjsNode, 'deps', 'lib', 'libtensorflow.so'));
  return isThere && read(stamp) === `${wanted} ${key}`;
}

/** Native TensorFlow for tfjs-node, as `THAW_TENSORFLOW` wants it: the official library, or one built against the wheel. */
export async function nativeTensorflow() {
  const { wanted, key } = wantedTensorflow();
  if (hasNativeTensorflow()) return;
  say('• native TensorFlow for tfjs-node');
  fs.rmSync(stamp, { force: true });
  await (wanted === 'official' ? official() : build());
  fs.writeFileSync(stamp, `${wanted} ${key}`);
}
