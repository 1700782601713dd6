import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assetsFolder } from '../../src/utils/paths';
import { root } from '../support/root';

/** Makes a folder whose entries are links to those of another, but for some names. */
function link(from: string, to: string, without: string[]): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (!without.includes(name)) symlinkSync(path.join(from, name), path.join(to, name));
  }
}

/**
 * A checkout that commands can be run in: own scripts, src, notebooks (none yet) and results, the packages of this one.
 * Its set-up has nothing to do but to compile, since the stamps of the other steps are there.
 *
 * @param name what its path holds
 * @returns the folder, the environment to run commands with, and a function that removes it.
 */
export function setUpCheckout(name = 'thaw-checkout'): {
  checkout: string;
  env: NodeJS.ProcessEnv;
  remove: () => void;
} {
  const checkout = mkdtempSync(path.join(tmpdir(), `${name}-`));
  const locks = ['package-lock.json', 'requirements.txt', 'requirements-gpu.txt'];
  for (const name of ['scripts', 'src', 'package.json', ...locks, 'tsconfig.json']) {
    cpSync(path.join(root, name), path.join(checkout, name), { recursive: true });
  }
  const tfjsNode = path.join('node_modules', '@tensorflow', 'tfjs-node');
  link(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'), ['.thaw', '@tensorflow', 'thaw']);
  symlinkSync('..', path.join(checkout, 'node_modules', 'thaw'));
  link(path.join(root, tfjsNode, '..'), path.join(checkout, tfjsNode, '..'), ['tfjs-node']);
  link(path.join(root, tfjsNode), path.join(checkout, tfjsNode), ['lib']);
  link(path.join(root, tfjsNode, 'lib'), path.join(checkout, tfjsNode, 'lib'), ['.thaw']);
  link(path.join(root, '.venv'), path.join(checkout, '.venv'), ['.thaw', 'share']);
  for (const name of ['notebooks', 'results']) mkdirSync(path.join(checkout, name));

  const text = (file: string) => readFileSync(path.join(root, file), 'utf8');
  const digest = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex');
  const [kind] = text(path.join(tfjsNode, 'lib', '.thaw')).split(' ');
  const key = digest(text(kind === 'gpu' ? 'requirements-gpu.txt' : 'requirements.txt'), checkout);
  writeFileSync(path.join(checkout, 'node_modules', '.thaw'), digest(text('package-lock.json')));
  writeFileSync(path.join(checkout, '.venv', '.thaw'), key);
  writeFileSync(path.join(checkout, tfjsNode, 'lib', '.thaw'), `${kind} ${key} whole`);

  const env = { ...process.env, THAW_ASSETS: assetsFolder(), INIT_CWD: checkout };
  return { checkout, env, remove: () => rmSync(checkout, { recursive: true, force: true }) };
}
