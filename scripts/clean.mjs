/** `npm run clean`: deletes the feature bank, which the next training makes anew. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from './arguments.mjs';
import { command, reason, SetupError } from './setup/steps.mjs';

/**
 * Bytes as people read them: 4100000000 is 4.1 GB.
 * @param {number} bytes
 */
function formatSize(bytes) {
  const power = Math.min(4, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/**
 * The size of each file below a folder; a link counts as itself and is not followed.
 * @param {string} folder
 * @returns {number[]}
 */
const sizes = (folder) =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    // A training that runs meanwhile moves files.
    return entry.isDirectory() ? sizes(file) : [fs.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0];
  });

/**
 * Removes the bank and says what that was.
 * @param {string} bank
 * @param {string} shown
 */
function remove(bank, shown) {
  const entry = fs.lstatSync(bank, { throwIfNoEntry: false });
  if (!entry) return `There is no feature bank (${shown}).`;
  if (entry.isSymbolicLink()) {
    const target = fs.readlinkSync(bank);
    fs.rmSync(bank);
    return `Removed the link ${shown}. The feature bank that it points to is left as it is: ${target}.`;
  }
  const found = sizes(bank);
  fs.rmSync(bank, { recursive: true, maxRetries: 3 });
  const bytes = found.reduce((sum, size) => sum + size, 0);
  const files = found.length === 1 ? 'file' : 'files';
  return `Removed the feature bank: ${formatSize(bytes)} in ${found.length} ${files} (${shown}).`;
}

await command(async () => {
  parse('npm run clean', {});
  const home = os.homedir();
  // As src/utils/paths.ts has it, which need not be compiled here.
  const bank = path.join(path.resolve(process.env.THAW_HOME || path.join(home, '.cache', 'thaw')), 'feature_bank');
  const shown = bank.startsWith(home + path.sep) ? path.join('~', path.relative(home, bank)) : bank;
  try {
    console.log(remove(bank, shown));
    return 0;
  } catch (error) {
    throw new SetupError(`The feature bank could not be removed: ${reason(error)}`);
  }
});
