import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { anew } from './anew.mjs';
import { advice, pythonOf, read, root, run, SetupError } from './steps.mjs';
import { wantedTensorflow } from './wanted_tensorflow.mjs';

const environment = path.join(root, '.venv');

/** The first Python on the path that TensorFlow's wheel is made for and that can make a virtual environment. */
function findPython() {
  const wanted = 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))';
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'])
    if (spawnSync(name, ['-c', wanted], { stdio: 'ignore' }).status === 0) return name;
  throw new SetupError(`Expected a Python from 3.10 to 3.13 with venv on the path, found none. ${advice.python}`);
}

async function packages() {
  const { wanted, lock, key } = wantedTensorflow();
  const size = wanted === 'gpu' ? '3.5 GB to download, 6.5 GB on disk' : '400 MB to download, 1.9 GB on disk';
  const what = `.venv: JupyterLab, nbval, and TensorFlow with Keras to compare with (${size})`;
  await anew(what, environment, key, async (fresh) => {
    if ((await run(findPython(), ['-m', 'venv', fresh])) !== 0)
      throw new SetupError(`The virtual environment could not be made; see above. ${advice.python}`);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--require-hashes', '--no-deps'];
    const bar = process.stderr.isTTY ? [] : ['--progress-bar', 'off'];
    // Beside the environment, which is cleared: pip unpacks hundreds of MB, and leaves them where it is killed.
    const temporary = path.join(path.dirname(fresh), 'tmp');
    fs.mkdirSync(temporary);
    const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
    if ((await run(pythonOf(fresh), [...pip, ...bar, '-r', lock], { env })) !== 0)
      throw new SetupError('`pip install` failed; see above. Can the Python package index be reached?');
    nameFinalPath(fresh);
  });
}

/**
 * Has the scripts of an environment name the path that it will have, where they name the one at which it was made.
 * @param {string} fresh
 */
function nameFinalPath(fresh) {
  const bin = path.dirname(pythonOf(fresh));
  const scripts = fs.readdirSync(bin).map((name) => path.join(bin, name));
  for (const file of [path.join(fresh, 'pyvenv.cfg'), ...scripts]) {
    if (!fs.lstatSync(file).isFile()) continue;
    // As bytes, which on Windows are those of a program with a path in it.
    const text = fs.readFileSync(file, 'latin1');
    const moved = text.replaceAll(path.relative(root, fresh), path.relative(root, environment));
    if (moved !== text) fs.writeFileSync(file, moved, 'latin1');
  }
}

/** The spec goes into the virtual environment, so that nothing outside the checkout changes. */
function kernelSpec() {
  const file = path.join(environment, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json');
  // The flag lets an interrupt end a timer's callback (see scripts/kernel/interrupts.cjs).
  const argv = [process.execPath, '--expose-internals', path.join(root, 'scripts', 'kernel.cjs')];
  const spec = JSON.stringify({
    argv: [...argv, '--config-path={connection_file}'],
    display_name: 'TypeScript',
    language: 'typescript',
    interrupt_mode: 'signal',
  });
  if (read(file) === spec) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, spec);
  fs.renameSync(`${file}.new`, file);
}

/** Makes `.venv` from the lock that `THAW_TENSORFLOW` chooses, with the kernel that opens the notebooks. */
export async function virtualEnvironment() {
  await packages();
  kernelSpec();
}
