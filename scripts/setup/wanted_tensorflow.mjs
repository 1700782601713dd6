import path from 'node:path';
import { digest, read, root, SetupError } from './steps.mjs';

const wheelServes = process.platform === 'linux' && process.arch === 'x64';

/**
 * What `THAW_TENSORFLOW` wants, the lock of Python packages that goes with it, and the key of steps that depend on both.
 * Where it wants nothing, a GPU build that is there stays, since to get it again takes 3.5 GB; else it is the wheel, with
 * which everything is tested, and elsewhere than on Linux x86-64 the official library.
 * @returns {{ wanted: string, lock: string, key: string }}
 */
export function wantedTensorflow() {
  let wanted = process.env.THAW_TENSORFLOW ?? '';
  if (!['', 'official', 'wheel', 'gpu'].includes(wanted))
    throw new SetupError(`Expected THAW_TENSORFLOW to be 'official', 'wheel' or 'gpu'. Received: '${wanted}'.`);
  if (['wheel', 'gpu'].includes(wanted) && !wheelServes)
    throw new SetupError(
      `TensorFlow's wheel serves Linux x86-64. Received: ${process.platform} ${process.arch}. Use THAW_TENSORFLOW=official.`,
    );
  /** @param {string} lock */
  const keyOf = (lock) => digest(read(path.join(root, lock)), root);
  if (wanted === '' && read(path.join(root, '.venv', '.thaw')) === keyOf('requirements-gpu.txt')) wanted = 'gpu';
  wanted ||= wheelServes ? 'wheel' : 'official';
  const lock = wanted === 'gpu' ? 'requirements-gpu.txt' : 'requirements.txt';
  return { wanted, lock, key: keyOf(lock) };
}
