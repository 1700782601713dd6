/**
 * `npm start`: set-up, then the notebooks one after another, all of them or those that are named; executed copies, a
 * table and, after all of them, summary.json go to results/.
 */
import path from 'node:path';
import { parse } from './arguments.mjs';
import { findNotebook, notebooks, stems } from './notebooks.mjs';
import { command, python, run, SetupError } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const usage = 'npm start [-- [--profile quick|chapter] [NOTEBOOK...]]';
const profiles = ['quick', 'chapter'];

/** @param {string} name */
function find(name) {
  const found = findNotebook(name);
  if (found) return found;
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
  const asked = positionals.length > 0 ? positionals.map(find) : notebooks;
  const notice = await setup();
  const options = notice === undefined ? [] : ['--notice', notice];
  // A summary of less than the whole would pass for one of the whole.
  if (notebooks.every((file) => asked.includes(file))) options.push('--summary');
  const env = { ...process.env, THAW_PROFILE: profile };
  return run(python, [path.join('scripts', 'run_notebooks.py'), ...options, ...asked], { env });
});
