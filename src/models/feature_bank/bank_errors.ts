import { homedir } from 'node:os';
import { join } from 'node:path';
import { thawHome } from '../../utils/paths';
import { reason } from '../../utils/reason';
import { shown } from '../../utils/shown';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Where the feature bank of all checkouts lies. */
export const bankFolder = () => join(thawHome(), 'feature_bank');

/** A path as people know it: `~` for the home folder. */
export const fromHome = (path: string) => shown(path.replace(homedir(), '~'));

/** Bytes as people read them, with one digit behind the point: 4100000000 is 4.1 GB. `round` says which way. */
export function size(bytes: number, round: (value: number) => number = Math.round): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return power === 0 ? `${bytes} B` : `${(round(bytes / 10 ** (3 * power - 1)) / 10).toFixed(1)} ${UNITS[power]}`;
}

/** The error for a feature bank that does not fit, with what can be done. */
export function outOfSpace(what: string, cause?: Error): Error {
  return new Error(
    `The feature bank is out of space: ${what}. Free some space, move the cache to another disk (THAW_HOME), raise the ` +
      'limit (THAW_BANK_GB), take fewer variants, or train without it: featureBank({ enabled: false }).',
    { cause },
  );
}

/**
 * What `asked` gives of the bank's files.
 *
 * @throws Error with what can be done, where the system has refused; `asked`'s own otherwise.
 */
export async function inBank<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!code || !syscall) throw error;
    if (['ENOSPC', 'EDQUOT'].includes(code)) throw outOfSpace(reason(error), error as Error);
    throw new Error(
      `The feature bank can't be used: ${reason(error)}. Mend that and run this again, name another folder for the cache ` +
        `(THAW_HOME, now ${fromHome(thawHome())}), or train without the bank: featureBank({ enabled: false }).`,
      { cause: error },
    );
  }
}
