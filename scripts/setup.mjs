/**
 * Set-up: makes what a fresh clone lacks and nothing else. Plain Node without a dependency, since it runs before any is
 * installed. Each step leaves a stamp when it is done, so an interrupted set-up goes on where it stopped.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone } from './setup/alone.mjs';
import { anew, replace } from './setup/anew.mjs';
import { hasNativeTensorflow, nativeTensorflow } from './setup/native_tensorflow.mjs';
import { command, digest, read, reason, root, run, SetupError, say } from './setup/steps.mjs';
import { virtualEnvironment } from './setup/virtual_environment.mjs';

const require = createRequire(import.meta.url);

/** Installs the npm packages of the lockfile, unless they are there. */
export async function npmPackages() {
  const what = 'node_modules: npm packages from the lockfile (200 MB to download, 660 MB on disk)';
  const key = digest(read(path.join(root, 'package-lock.json')));
  await anew(what, path.join(root, 'node_modules'), key, async (fresh) => {
    // Not in the checkout itself, where npm begins by removing what there is.
    const project = path.dirname(fresh);
    const docs = path.join('docs', 'api');
    fs.mkdirSync(path.join(project, docs), { recursive: true });
    for (const file of ['package.json', 'package-lock.json', '.npmrc', path.join(docs, 'package.json')])
      fs.copyFileSync(path.join(root, file), path.join(project, file));
    const code = await run('npm', ['ci'], { cwd: project, shell: process.platform === 'win32' });
    if (code !== 0) throw new SetupError('`npm ci` failed; see above. Can the npm registry be reached?');
    // npm's links to the checkout itself and to docs/api lead on from wherever they lie; on Windows, by whole paths.
    for (const name of process.platform === 'win32' ? ['thaw', 'thaw-docs'] : []) {
      fs.rmSync(path.join(fresh, name));
      fs.symlinkSync(name === 'thaw' ? root : path.join(root, docs), path.join(fresh, name), 'junction');
    }
    await replace(path.join(root, docs, 'node_modules'), path.join(project, docs, 'node_modules'));
  });
}

/**
 * The names of the files below a folder, and what is in them.
 * @param {string} folder
 */
const contents = (folder) =>
  digest(
    ...(fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [])
      .filter((name) => name !== '.thaw' && fs.statSync(path.join(folder, name)).isFile())
      .sort()
      .flatMap((name) => [name, read(path.join(folder, name))]),
  );

/** Compiles src/, unless what dist/ holds came of it: notebooks that are open take a file of dist/ that is touched for changed. */
export async function compile() {
  const files = ['tsconfig.json', 'package-lock.json'].map((name) => read(path.join(root, name)));
  const source = digest(contents(path.join(root, 'src')), ...files);
  /** @param {string} dist */
  const keyOf = (dist) => digest(source, contents(dist));
  await anew('dist: src/ compiled', path.join(root, 'dist'), keyOf, async (fresh) => {
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    if ((await run(process.execPath, [tsc, '-p', '.', '--outDir', fresh])) !== 0)
      throw new SetupError('src/ does not compile; see above.');
  });
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

// The path that was typed may lead here by a link.
const typed = process.argv[1] ?? '';
if (fs.existsSync(typed) && fs.realpathSync(typed) === fileURLToPath(import.meta.url))
  await command(async () => {
    await setup();
    return 0;
  });
