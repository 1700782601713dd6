import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { shown } from './shown';

/** The folder of the checkout: where `package.json` and `.venv` lie. Right for `src/utils` and for `dist/utils`. */
export const checkoutFolder = resolve(__dirname, '../..');

/** The cache that all checkouts share: the environment variable `THAW_HOME`, else `~/.cache/thaw`. */
export function thawHome(): string {
  return resolve(process.env.THAW_HOME || join(homedir(), '.cache', 'thaw'));
}

/**
 * The folder of assets, from which files are taken before any download: the environment variable `THAW_ASSETS`, else
 * `../shared/assets` beside the checkout where that exists, else undefined.
 */
export function assetsFolder(): string | undefined {
  if (process.env.THAW_ASSETS) {
    return resolve(process.env.THAW_ASSETS);
  }
  const beside = resolve(checkoutFolder, '../shared/assets');
  return existsSync(beside) ? beside : undefined;
}

/** The folder of assets as a source that was tried, for people: with its path where there is one. */
export function assetsSource(): string {
  const folder = assetsFolder();
  return folder ? `folder of assets, ${shown(folder)}` : 'folder of assets';
}

/**
 * The path of a file in the folder of assets.
 *
 * @throws When there is no such folder, or no such file in it.
 */
export function inAssets(fileName: string): string {
  const folder = assetsFolder();
  if (!folder) {
    throw new Error('there is none; THAW_ASSETS names it');
  }
  const path = join(folder, fileName);
  if (!existsSync(path)) {
    throw new Error(`no ${fileName} there`);
  }
  return path;
}
