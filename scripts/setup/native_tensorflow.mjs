import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { anew } from './anew.mjs';
import { buildFolder, isPlain } from './build_folder.mjs';
import { officialArchive, officialLibrary } from './official_library.mjs';
import { advice, needs, python, read, root, run, SetupError, say, windows } from './steps.mjs';
import { wantedTensorflow } from './wanted_tensorflow.mjs';

const tfjsNode = path.join(root, 'node_modules', '@tensorflow', 'tfjs-node');
// All that set-up makes of tfjs-node: the binding, and beside it the library.
const made = path.join(tfjsNode, 'lib');

/**
 * Lays the library of the wheel in `.venv` where the build looks for it.
 * @param {string} deps
 */
function wheelLibrary(deps) {
  const where = 'import importlib.util as u; print(u.find_spec("tensorflow").submodule_search_locations[0])';
  const wheel = spawnSync(python, ['-c', where], { encoding: 'utf8' }).stdout.trim();
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

/**
 * Builds the binding against a library. That happens in a folder whose path make takes for one word, as it may not take
 * the checkout's; what is to be loaded goes on from there to `fresh`.
 * @param {string} fresh
 * @param {(deps: string) => void | Promise<void>} layLibrary
 */
async function build(fresh, layLibrary) {
  if (!windows) for (const tool of ['g++', 'make']) needs(tool, advice.compiler);
  const folder = buildFolder();
  for (const name of ['binding', 'package.json'])
    fs.cpSync(path.join(tfjsNode, name), path.join(folder, name), { recursive: true });
  // The library is looked for beside the binding, so that both are replaced as one.
  const gyp = read(path.join(tfjsNode, 'binding.gyp')).replaceAll('/../../deps/lib', '');
  fs.writeFileSync(path.join(folder, 'binding.gyp'), gyp);
  const deps = path.join(folder, 'deps');
  await layLibrary(deps);
  say('  building the binding (half a minute)');
  // Headers beside this Node are taken, else those of another: Node-API is the same in all. Without any, node-gyp
  // downloads some.
  const prefixes = [path.resolve(process.execPath, '..', '..'), '/usr', '/usr/local'];
  const prefix = prefixes.find((each) => fs.existsSync(path.join(each, 'include', 'node', 'node_api.h')));
  const link = path.join(folder, 'node');
  if (prefix && !isPlain(prefix)) fs.symlinkSync(prefix, link);
  const headers = prefix ? [`--nodedir=${isPlain(prefix) ? prefix : link}`] : [];
  const log = path.join(folder, 'build.log');
  const output = fs.openSync(log, 'w');
  const tool = path.join(root, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp');
  const code = await run(process.execPath, [tool, 'install', '--build-from-source', ...headers], {
    cwd: folder,
    stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  if (code !== 0) {
    const kept = path.join(root, 'node_modules', '.tfjs-node-build.log');
    fs.copyFileSync(log, kept);
    const hint = prefix ? advice.compiler : advice.headers;
    throw new SetupError(`tfjs-node could not be built:\n${read(log).slice(-1500)}\nWhole log: ${kept}\n${hint}`);
  }
  await fs.promises.cp(path.join(folder, 'lib'), fresh, { recursive: true });
  const library = path.join(deps, 'lib');
  for (const version of fs.readdirSync(fresh))
    await fs.promises.cp(library, path.join(fresh, version), { recursive: true, verbatimSymlinks: true });
  if (fs.existsSync(path.join(deps, 'nvidia')))
    await fs.promises.cp(path.join(deps, 'nvidia'), path.join(fresh, 'nvidia'), { verbatimSymlinks: true });
  if (!(await loads(fresh))) throw new SetupError('The binding was built but does not load; see above.');
}

/**
 * Loads the binding, multiplies two matrices and names TensorFlow's version and the device.
 * @param {string} fresh where the binding lies
 */
async function loads(fresh) {
  const program = `const gyp = require('@mapbox/node-pre-gyp/lib/pre-binding');
    const { basename, dirname, join } = require('node:path');
    const find = gyp.find;
    gyp.find = (file) => join(process.argv[1], basename(dirname(find(file))), basename(find(file)));
    const tf = require('./dist/tf.js');
    const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync().join();
    if (product !== '19,22,43,50') throw new Error('Expected 19,22,43,50. Received: ' + product);
    const { binding, isUsingGpuDevice } = tf.backend();
    const device = isUsingGpuDevice ? 'GPU' : 'CPU';
    console.error('  TensorFlow ' + binding.TF_Version + ' loads and multiplies two matrices rightly on the ' + device);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  return (await run(process.execPath, ['-e', program, fresh], { env })) === 0;
}

/**
 * What the folder of the binding depends on. A wheel's library is a link into .venv, which may have been made anew with
 * another Python.
 * @param {string} folder
 */
function keyOf(folder) {
  const { wanted, key } = wantedTensorflow();
  const names = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const whole = names.every((name) => fs.existsSync(path.join(folder, name)));
  return `${wanted} ${key} ${whole ? 'whole' : 'of a library that is gone'}`;
}

/** True where the library that is wanted is there. */
export const hasNativeTensorflow = () => read(path.join(made, '.thaw')) === keyOf(made);

/** Native TensorFlow for tfjs-node, as `THAW_TENSORFLOW` wants it: the official library, or the wheel's. */
export const nativeTensorflow = () =>
  anew('native TensorFlow for tfjs-node', made, keyOf, (fresh) =>
    build(
      fresh,
      wantedTensorflow().wanted === 'official' ? (deps) => officialLibrary(officialArchive(), deps) : wheelLibrary,
    ),
  );
