import fs from 'node:fs';
import path from 'node:path';
import { read, root, say } from './steps.mjs';

// On the checkout's disk, so that what is whole takes its place at once; with a new name each time, since a command of a
// killed run may still be writing into the last one.
const made = '.setup.new-';
const replaced = path.join(root, '.setup.old');

/**
 * Makes a folder anew, unless its stamp says that it is as wanted. The one that is there is replaced when the new one is
 * whole, stamp included: a step that fails, is interrupted or killed leaves the former one as it was.
 * @param {string} what told while it is made
 * @param {string} folder
 * @param {string | ((folder: string) => string)} key what the folder depends on, and perhaps what is in it
 * @param {(fresh: string) => Promise<void>} make makes it, at the path that it is given; what lies beside that is removed
 */
export async function anew(what, folder, key, make) {
  const keyOf = typeof key === 'string' ? () => key : key;
  if (read(path.join(folder, '.thaw')) === keyOf(folder)) return;
  say(`• ${what}`);
  const start = Date.now();
  const fresh = path.join(fs.mkdtempSync(path.join(root, made)), path.basename(folder));
  await make(fresh);
  fs.writeFileSync(path.join(fresh, '.thaw'), keyOf(fresh));
  await replace(folder, fresh);
  say(`  done in ${((Date.now() - start) / 1000).toFixed(0)} s`);
}

/**
 * Puts one folder in the place of another.
 * @param {string} folder
 * @param {string} fresh
 */
export async function replace(folder, fresh) {
  const former = path.join(replaced, encodeURIComponent(path.relative(root, folder)));
  fs.mkdirSync(replaced, { recursive: true });
  if (fs.existsSync(folder)) fs.renameSync(folder, former);
  fs.renameSync(fresh, folder); // who is killed before this leaves the former one to the next run, which puts it back
  await fs.promises.rm(former, { recursive: true, force: true });
}

/** Puts back what a killed run had moved away and not yet replaced, and removes what it was making. */
export async function clearLeftovers() {
  for (const name of fs.existsSync(replaced) ? fs.readdirSync(replaced) : []) {
    const folder = path.join(root, decodeURIComponent(name));
    if (!fs.existsSync(folder)) fs.renameSync(path.join(replaced, name), folder);
  }
  // The numbered locks are those of who waited, in a version before this one.
  const left = fs.readdirSync(root).filter((name) => name.startsWith(made) || /^\.setup\.lock\.\d+$/.test(name));
  for (const folder of [replaced, ...left.map((name) => path.join(root, name))])
    await fs.promises.rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
