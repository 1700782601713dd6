import { thawHome } from './paths';
import { reason } from './reason';
import { shown } from './shown';

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
  // Two files may have been looked for in one place.
  const lines = new Set(failed.map(({ source, why }) => `  - ${shown(source)}: ${why}`));
  return new Error([`No source has ${what}. Tried, in this order:`, ...lines, shown(remedy)].join('\n'));
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

/**
 * Runs `work`, which reads and writes in the cache, below `folder`: what the system has against that becomes an error that says
 * what to do.
 */
export async function explainCache<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The network's errors never come here: they are noted among the failed sources.
    if (!isDiskFull(error) && !(error instanceof Error && 'syscall' in error)) throw error;
    const remedy = isDiskFull(error)
      ? 'Free some space, or set THAW_HOME to a folder on a larger disk; then run this again. Nothing is broken.'
      : 'Make it a folder that you may read and write, or set THAW_HOME to another one; then run this again.';
    const what = isDiskFull(error)
      ? `The disk that holds ${shown(folder)} is full.`
      : `Thaw's cache, ${shown(thawHome())}, can't be used (${reason(error)}).`;
    throw new Error(`${what} ${remedy}`, { cause: error });
  }
}
