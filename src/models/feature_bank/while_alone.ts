import { withLock } from '../../utils/lock';
import { bankFolder, inBank } from './bank_errors';

/**
 * Runs `work` while no other process makes the file at `path`, or what goes with it.
 *
 * @throws What `work` throws, or an error with what can be done where the bank can't be written to.
 */
export function whileAlone<T>(path: string, work: () => Promise<T>): Promise<T> {
  return withLock(path, work).catch((error: NodeJS.ErrnoException) => {
    // Others are of the pictures, and say so.
    return error.path?.startsWith(bankFolder()) ? inBank(Promise.reject(error)) : Promise.reject(error);
  });
}
