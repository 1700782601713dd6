/**
 * Set-up: makes what a fresh clone lacks and nothing else. Plain Node without a dependency, since it runs before any is
 * installed. Each step leaves a stamp when it is done, so an interrupted set-up goes on where it stopped.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasNativeTensorflow, nativeTensorflow } from './setup/native_tensorflow.mjs';
import { alone, command, digest, once, read, reason, root, run, SetupError, say } from './setup/steps.mjs';
import { virtualEnvironment } from './setup/virtual_environment.mjs';

const require = createRequire(import.meta.url);

/** Installs the npm packages of the lockfile, unless they are there. */
export async function npmPackages() {
  const stamp = path.join(root, 'node_modules', '.thaw');
  const what = 'node_modules: npm packages from the lockfile (200 MB to download, 660 MB on disk)';
  await once(what, stamp, digest(read(path.join(root, 'package-lock.json'))), async () => {
    const code = await run('npm', ['ci'], { shell: process.platform === 'win32' });
    if (code !== 0) throw new SetupError('`npm ci` failed; see above. Can the npm registry be reached?');
  });
}

async function compile() {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if ((await run(process.execPath, [tsc, '-p', '.'])) !== 0) throw new SetupError('src/ does not compile; see above.');
}

/** VGG16's weights and the pictures; only now is there something to require. */
async function assets() {
  try {
    await require('../dist/applications/imagenet_weights.js').imagenetWeights('vgg16_notop');
    return (await require('../dist/datasets/cats_vs_dogs.js').catsVsDogs()).notice;
  } catch (error) {
    throw new SetupError(reason(error));
  }
}

/**
 * Makes what src/ and the fast tests need: npm packages, the compiled src/, native TensorFlow; Python to build that with.
 * @param {boolean} [python] whether Python is wanted for itself, too
 */
export const setupCode = (python = false) =>
  alone(async () => {
    await npmPackages();
    if (python || !hasNativeTensorflow()) await virtualEnvironment();
    await compile();
    await nativeTensorflow();
  });

/**
 * Makes whatever is missing: npm packages, virtual environment, the compiled src/, native TensorFlow, VGG16's weights and
 * the pictures.
 * @returns {Promise<string | undefined>} what to tell where the pictures are no photographs
 */
export async function setup() {
  const start = Date.now();
  await setupCode(true);
  const notice = await assets();
  say(`Set-up is complete (${((Date.now() - start) / 1000).toFixed(1)} s).`);
  return notice;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await command(async () => {
    await setup();
    return 0;
  });
