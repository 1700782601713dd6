import { mkdir } from 'node:fs/promises';
import { bankEntries, LEASE, ownName } from './bank_entries';
import { bankFolder } from './bank_errors';

/**
 * Tells other processes that these files of the bank are in use, whether they are there yet or not, so that they don't
 * make room by removing them: until what it returns is called, or until this process is no more, however it ends. Where
 * nothing can be written, as in somebody else's bank, nobody is told.
 */
export async function lease(paths: string[]): Promise<() => Promise<void>> {
  // Only now, since loading it adds listeners for SIGINT and the like, by which nothing is left behind.
  const { lock } = (await import('proper-lockfile')).default;
  await mkdir(bankFolder(), { recursive: true }).catch(() => {});
  await bankEntries();
  const leases = await Promise.all(
    paths.map((path) => {
      const lockfilePath = ownName(path, 'lease');
      return lock(lockfilePath, { lockfilePath, realpath: false, ...LEASE, onCompromised: () => {} }).catch(() => {});
    }),
  );
  return async () => {
    await Promise.all(leases.map((release) => release?.().catch(() => {})));
  };
}
