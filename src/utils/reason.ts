import { shown } from './shown';

/** What the system's codes mean. Its own words are for programmers. */
const WORDS = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'its permissions, or those of a folder above it, forbid that'],
  ['EPERM', 'the system forbids that'],
  ['EROFS', 'that disk can be read only'],
  ['EISDIR', 'it is a folder, where a file is needed'],
  ['ENOTDIR', 'a file stands where a folder is needed'],
  ['EEXIST', 'something of that name is there already'],
  ['ENOTEMPTY', 'the folder is not empty'],
  ['ENOSPC', 'the disk is full: free some space'],
  ['EDQUOT', 'your share of the disk is full: free some space'],
  ['EMFILE', 'this program has too many files open: close some, or raise the limit (ulimit -n)'],
  ['ENFILE', 'too many files are open on this computer: close some programs'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ELOOP', 'its links lead in a circle'],
  ['EBUSY', 'another program is using it'],
  ['ETXTBSY', 'another program is using it'],
  ['EXDEV', 'it lies on another disk'],
  ['EIO', 'the disk, or the connection to it, has failed'],
  ['ENOTFOUND', "no server of that name is found; check the address and this computer's connection"],
  ['EAI_AGAIN', "no server of that name is found; check the address and this computer's connection"],
  ['ECONNREFUSED', 'nothing answers at that address'],
  ['ECONNRESET', 'the connection was broken off'],
  ['EPIPE', 'the connection was broken off'],
  ['ETIMEDOUT', 'no answer came in time'],
  ['EHOSTUNREACH', "no way leads to that address; check this computer's connection"],
  ['ENETUNREACH', "no way leads to that address; check this computer's connection"],
  ['EADDRINUSE', 'another program has that port'],
]);

/** What a system's error has, besides its message. */
interface SystemError extends NodeJS.ErrnoException {
  dest?: string;
  hostname?: string;
  address?: string;
  port?: number;
}

/** The system's code, what it means, and of which file or server that is said. */
function systemReason(error: SystemError): string | undefined {
  const { code = '', path, dest, hostname, address, port } = error;
  const words = WORDS.get(code);
  // Whoever gives an error of his own such a code has written its message, too.
  if (!words || (error.message && !error.syscall)) return undefined;
  const files = [path, dest].flatMap((file) => (file ? `'${shown(file)}'` : [])).join(' → ');
  const where = files || hostname || (address && [address, port].join(':'));
  return `${code}: ${words}${where ? `: ${where}` : ''}`;
}

/**
 * What went wrong, in one line for people, as {@link shown} has it: of the system's errors, the code and what it means; of
 * HDF5's stack of errors, the system's or else the innermost one; of fetch's "fetch failed", why.
 */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return shown(String(error));
  // Of fetch: its errors say nothing, their causes do, and a cause that stands for several has a code only.
  if (error instanceof TypeError && error.cause) return reason(error.cause);
  const message = systemReason(error) || error.message || (error as NodeJS.ErrnoException).code || error.name;
  const innermost = [...message.matchAll(/ in \w+\(\): (.*)/g)].at(-1)?.[1];
  const system = message.match(/error message = '([^']+)'/)?.[1];
  return shown((system ?? innermost ?? message.split('\n')[0]!).trim());
}
