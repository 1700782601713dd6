import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { advice, once, python, read, root, run, SetupError } from './steps.mjs';
import { wantedTensorflow } from './wanted_tensorflow.mjs';

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
  await once(what, path.join(root, '.venv', '.thaw'), key, async () => {
    // Half an environment is of no use, and pip's cache keeps a second try from downloading again.
    fs.rmSync(path.join(root, '.venv'), { recursive: true, force: true });
    if ((await run(findPython(), ['-m', 'venv', '.venv'])) !== 0)
      throw new SetupError(`The virtual environment could not be made; see above. ${advice.python}`);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--require-hashes', '--no-deps'];
    const bar = process.stderr.isTTY ? [] : ['--progress-bar', 'off'];
    if ((await run(python, [...pip, ...bar, '-r', lock])) !== 0)
      throw new SetupError('`pip install` failed; see above. Can the Python package index be reached?');
  });
}

/** The spec goes into the virtual environment, so that nothing outside the checkout changes. */
function kernelSpec() {
  const file = path.join(root, '.venv', 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json');
  const argv = [process.execPath, path.join(root, 'scripts', 'kernel.cjs'), '--config-path={connection_file}'];
  const spec = JSON.stringify({ argv, display_name: 'TypeScript', language: 'typescript', interrupt_mode: 'signal' });
  if (read(file) === spec) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, spec);
}

/** Makes `.venv` from the lock that `THAW_TENSORFLOW` chooses, with the kernel that opens the notebooks. */
export async function virtualEnvironment() {
  await packages();
  kernelSpec();
}
