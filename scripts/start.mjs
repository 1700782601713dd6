/**
 * `npm start`: set-up, then the notebooks one after another, all of them or those that are named; executed copies, a
 * table and, after all of them, summary.json go to results/.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parse, typedPath } from './arguments.mjs';
import { command, python, root, run, SetupError } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const usage = 'npm start [-- [--profile quick|chapter] [NOTEBOOK...]]';
const profiles = ['quick', 'chapter'];
const all = fs
  .readdirSync(path.join(root, 'notebooks'))
  .filter((name) => /^\d\d_.*\.ipynb$/.test(name))
  .sort()
  .map((name) => path.join('notebooks', name));

/**
 * The notebook that a person names by number, stem or path.
 * @param {string} name
 */
function find(name) {
  const typed = typedPath(name);
  if (name.endsWith('.ipynb') && fs.existsSync(typed)) return path.relative(root, typed);
  const stem = name.replace(/\.ipynb$/, '');
  const prefix = /^\d+$/.test(stem) ? `${stem.padStart(2, '0')}_` : `${stem}.ipynb`;
  const found = all.find((file) => path.basename(file).startsWith(prefix));
  if (found) return found;
  const stems = all.map((file) => path.parse(file).name).join(', ');
  throw new SetupError(`Expected notebooks by number, name or path: ${stems}. Received: '${name}'.\nUsage: ${usage}`);
}

await command(async () => {
  const { values, positionals } = parse(usage, {
    options: { profile: { type: 'string', default: process.env.THAW_PROFILE || 'quick' } },
    allowPositionals: true,
  });
  const { profile } = values;
  if (!profiles.includes(profile))
    throw new SetupError(`Expected the profile quick or chapter. Received: '${profile}'.\nUsage: ${usage}`);
  const asked = positionals.length > 0 ? positionals.map(find) : all;
  const notice = await setup();
  const options = notice === undefined ? [] : ['--notice', notice];
  // A summary of less than the whole would pass for one of the whole.
  if (all.every((file) => asked.includes(file))) options.push('--summary');
  const env = { ...process.env, THAW_PROFILE: profile };
  return run(python, [path.join('scripts', 'run_notebooks.py'), ...options, ...asked], { env });
});
