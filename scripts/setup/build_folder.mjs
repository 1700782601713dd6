import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { digest, root, windows } from './steps.mjs';

/**
 * Whether make takes a path for one word, and for that very one. Windows builds with other tools.
 * @param {string} folder
 */
export const isPlain = (folder) => windows || /^[\w./+-]+$/.test(folder);

// Whose it is, so that the next set-up of this checkout knows what a killed one left there.
const mark = `thaw_build_${digest(root).slice(0, 12)}_`;

/** A new folder for temporary files with a path that is plain, whatever the checkout's. It is gone when this process ends. */
export function buildFolder() {
  // Where nothing is plain the build itself tells what it has against it.
  const all = [os.tmpdir(), '/tmp', '/var/tmp'].flatMap((each) => (fs.existsSync(each) ? [fs.realpathSync(each)] : []));
  const temp = all.find(isPlain) ?? os.tmpdir();
  const remove = (/** @type {string} */ name) => fs.rmSync(path.join(temp, name), { recursive: true, force: true });
  for (const name of fs.readdirSync(temp)) if (name.startsWith(mark)) remove(name);
  const folder = fs.mkdtempSync(path.join(temp, mark));
  process.once('exit', () => remove(path.basename(folder)));
  return folder;
}
