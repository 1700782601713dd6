import { reason } from './reason';

/** One source of an asset, and why it did not give it. */
export interface FailedSource {
  /** The path or the address, for people. */
  source: string;
  /** What went wrong there. */
  why: string;
}

/**
 * The one error when no source gave an asset.
 *
 * @param what The asset.
 * @param failed Each source that was tried, in order.
 * @param remedy What to put where.
 */
export function sourcesError(what: string, failed: readonly FailedSource[], remedy: string): Error {
  const lines = failed.map(({ source, why }) => `  - ${source}: ${why}`);
  return new Error([`No source has ${what}. Tried, in this order:`, ...lines, remedy].join('\n'));
}

/**
 * Tries one source: what it gives, or undefined after noting in `failed` why it gave nothing.
 *
 * @throws When the disk is full: then no other source can help.
 */
export async function trySource<T>(
  failed: FailedSource[],
  source: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isDiskFull(error)) {
      throw error;
    }
    failed.push({ source, why: reason(error) });
    return undefined;
  }
}

/** Whether an error says that the disk (or the user's share of it) is full. */
function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Runs `work`, which writes below `folder`; an error of a full disk becomes one that says so, and what to do. */
export async function explainFullDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFull(error)) {
      throw error;
    }
    const remedy = 'Free some space, or set THAW_HOME to a folder on a larger disk; then run this again.';
    throw new Error(`The disk that holds ${folder} is full. ${remedy} Nothing is broken.`, { cause: error });
  }
}
