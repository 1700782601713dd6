import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Has Thaw go on with the pictures and weights that there are, but with an empty feature bank, in `folder`. */
export function emptyBank(folder: string): void {
  const home = process.env.THAW_HOME ?? path.join(os.homedir(), '.cache', 'thaw');
  const empty = fs.mkdtempSync(path.join(folder, 'home-'));
  for (const name of fs.readdirSync(home).filter((name) => name !== 'feature_bank')) {
    fs.symlinkSync(fs.realpathSync(path.join(home, name)), path.join(empty, name));
  }
  process.env.THAW_HOME = empty;
}
