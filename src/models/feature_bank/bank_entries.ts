import { createHash, randomUUID } from 'node:crypto';
import { type Dirent, readlinkSync } from 'node:fs';
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../tfjs/is_running';
import { ifThere } from '../../utils/if_there';
import { bankFolder, inBank } from './bank_errors';

/*
 * The bank's folder may hold files of others. What is the bank's own is known by its name:
 *
 *   <key>.f32, <key>.bf16, <key>.2_of_4.f32   what is kept
 *   <one of these>.<owner>.partial            what a process is writing
 *   <one of these>.<owner>.lease              a folder: a process is using it
 *   <one of these>.lock                       a folder: a process is making it
 *
 * The last three belong to a process, which touches them while it lives.
 */
const NAME = /^([0-9a-f]{32}(?:\.\d+_of_\d+)?\.(?:f32|bf16))(?:\.[0-9a-f-]+\.(partial|lease)|\.(lock))?$/;
const OWNER = /\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.(?:partial|lease)$/;

/**
 * What a process has not touched for so long is nobody's any more. A process of this machine that has ended is noticed at
 * once: this is for those of other machines, and for a number that another program has by now.
 */
const IDLE_MS = 10 * 60_000;

/** How often a process touches a lease of its own, as proper-lockfile takes it. */
export const LEASE = { stale: IDLE_MS, update: IDLE_MS / 20 };

/** Stands for this machine, or for the part of it that counts its processes by itself, as a container does. */
function machine(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {} // Linux alone has it.
  return createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8);
}

const MACHINE = machine();
/** What the names of this process's own things have before the last part. */
const OWN = `${MACHINE}-${process.pid}-`;

/** A name beside that of a file of the bank, for something of this process's own. */
export function ownName(path: string, kind: 'partial' | 'lease'): string {
  return `${path}.${OWN}${randomUUID().slice(0, 8)}.${kind}`;
}

/** Something of the bank's in its folder. */
export interface BankEntry {
  path: string;
  kind: 'kept' | 'partial' | 'lease' | 'lock';
  /** The path of what is kept that it belongs to, or is. */
  of: string;
  /** In bytes. A lease or a lock takes none. */
  size: number;
  mtimeMs: number;
  /** Whether this process has made it. What is kept is nobody's. */
  own: boolean;
}

/** Whether a time lies no further back than `limit`, nor further ahead: clocks are set, too. */
export const isRecent = (mtimeMs: number, limit: number) => Math.abs(Date.now() - mtimeMs) < limit;

async function entryOf(dirent: Dirent): Promise<BankEntry | undefined> {
  const [, file, writtenOrUsed, lock] = NAME.exec(dirent.name) ?? [];
  const kind = (writtenOrUsed ?? lock ?? 'kept') as BankEntry['kind'];
  const isOfKind = kind === 'kept' || kind === 'partial' ? dirent.isFile() : dirent.isDirectory();
  if (!file || !isOfKind) return undefined;
  const path = join(bankFolder(), dirent.name);
  // Another process may rename or remove it meanwhile.
  const stats = await inBank(ifThere(stat(path)));
  if (!stats) return undefined;
  const own = dirent.name.includes(`.${OWN}`);
  return {
    path,
    kind,
    of: join(bankFolder(), file),
    size: dirent.isFile() ? stats.size : 0,
    mtimeMs: stats.mtimeMs,
    own,
  };
}

/** Whether a process has left it that is no more. */
function isLeft({ path, kind, mtimeMs }: BankEntry): boolean {
  if (kind === 'kept') return false;
  const [, of, pid] = OWNER.exec(path) ?? [];
  return (of === MACHINE && !isRunning(Number(pid))) || !isRecent(mtimeMs, IDLE_MS);
}

/** All that is the bank's in its folder, but for what killed processes have left there: that is removed. */
export async function bankEntries(): Promise<BankEntry[]> {
  const dirents = (await inBank(ifThere(readdir(bankFolder(), { withFileTypes: true })))) ?? [];
  const found = (await Promise.all(dirents.map(entryOf))).filter((entry) => entry !== undefined);
  const left = found.filter(isLeft);
  // Where that can't be, as in somebody else's bank, they do no harm. Of a folder only an empty one goes.
  await Promise.all(left.map(({ path, kind }) => (kind === 'partial' ? rm(path) : rmdir(path)).catch(() => {})));
  return found.filter((entry) => !left.includes(entry));
}
