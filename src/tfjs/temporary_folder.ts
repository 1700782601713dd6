import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './is_running';

/** Who made a folder: a process of a computer, and when it began, since its number is given again to others. */
interface Maker {
  host: string;
  pid: number;
  began: string | null;
}

// In each folder: the one that a killed process has left is known by it among others of such a name.
const MARK = '.thaw-temporary-folder.json';
const MARK_BYTES = 1000;
// Nothing is at work for so long. Whether processes of other computers are, can't be asked.
const DAY_MS = 86_400_000;

/** When a process began, as the system tells it; null where it doesn't, or there is no such process. */
function beginningOf(pid: number): string | null {
  try {
    // The 22nd field. Only what follows the name, which may hold anything, in brackets, is cut at spaces.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19]!;
  } catch {
    return null;
  }
}

const isMaker = (value: unknown): value is Maker => {
  const { host, pid, began } = Object(value) as Partial<Record<keyof Maker, unknown>>;
  return typeof host === 'string' && Number.isSafeInteger(pid) && (began === null || typeof began === 'string');
};

/** Whether the folder at `path` is this user's, made by `makeTemporaryFolder`, in a process that is gone. */
function isLeft(path: string): boolean {
  const folder = lstatSync(path);
  // As `mkdtemp` makes it: nobody else can have put anything into it.
  const own = !process.getuid || (folder.uid === process.getuid() && (folder.mode & 0o077) === 0);
  if (!folder.isDirectory() || !own) return false;
  const mark = join(path, MARK);
  const file = lstatSync(mark);
  if (!file.isFile() || file.size > MARK_BYTES) return false;
  const maker: unknown = JSON.parse(readFileSync(mark, 'utf8'));
  if (!isMaker(maker)) return false;
  const { host, pid, began } = maker;
  if (host !== hostname()) return Date.now() - folder.mtimeMs > DAY_MS;
  return !isRunning(pid) || (began !== null && began !== beginningOf(pid));
}

/** The names of what lies in a folder: none where it can't be read. */
function namesIn(parent: string): string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}

/** Removes the folders that killed processes have left in `parent`, and nothing else. */
function removeLeft(parent: string, prefix: string): void {
  const names = namesIn(parent);
  for (const name of names.filter((name) => name.startsWith(prefix) && name.length === prefix.length + 6)) {
    const path = join(parent, name);
    try {
      if (isLeft(path)) rmSync(path, { recursive: true, force: true });
    } catch {
      // It has no mark, or another process has removed it meanwhile.
    }
  }
}

/**
 * Makes a folder `<parent>/<prefix>XXXXXX` of this process's own, to be removed by whoever asked. Those that killed processes
 * have left are removed first: they are known by the mark that lies in each.
 *
 * @throws Error when `parent` can't be written to.
 */
export function makeTemporaryFolder(parent: string, prefix: string): string {
  removeLeft(parent, prefix);
  const maker: Maker = { host: hostname(), pid: process.pid, began: beginningOf(process.pid) };
  let folder: string | undefined;
  try {
    // At once: a process that is killed between the two leaves an empty folder that nobody knows.
    folder = mkdtempSync(join(parent, prefix));
    writeFileSync(join(folder, MARK), JSON.stringify(maker));
    return folder;
  } catch (error) {
    if (folder) rmSync(folder, { recursive: true, force: true });
    // The folder has a name that nobody knows, its parent one that was given.
    throw Object.assign(Object(error), { path: parent });
  }
}
