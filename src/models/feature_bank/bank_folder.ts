import { mkdir, rm, statfs } from 'node:fs/promises';
import { type BankEntry, bankEntries, isRecent } from './bank_entries';
import { bankFolder, inBank, outOfSpace, size } from './bank_errors';

const DEFAULT_LIMIT = 10;
const GB = 1e9;
/** A shard's part waits so long for the others, which a scheduler may start hours later. */
const PART_IDLE_MS = 24 * 60 * 60_000;

/** The most that the bank may take on disk, in bytes: the environment variable THAW_BANK_GB, in GB. */
function limit(): number {
  const gigabytes = Number(process.env.THAW_BANK_GB ?? DEFAULT_LIMIT);
  if (!(gigabytes > 0)) {
    throw new Error(`Expected THAW_BANK_GB to be a number of gigabytes. Received: ${process.env.THAW_BANK_GB}`);
  }
  return gigabytes * GB;
}

/**
 * Sees to it that `bytes` more fit into the bank's limit: the files that were not used for longest go, but none that is
 * in use, here or by another process (see `lease`), no parts that may yet be joined, and nothing that isn't the bank's.
 *
 * @throws Error when they fit neither there nor on the disk; then nothing has gone.
 */
export async function makeRoom(bytes: number): Promise<void> {
  await inBank(mkdir(bankFolder(), { recursive: true }));
  const entries = await bankEntries();
  const leases = entries.filter(({ kind }) => kind === 'lease');
  const files = entries.filter(({ kind }) => kind === 'kept' || kind === 'partial');
  const isLeased = (path: string, own: boolean) => leases.some((lease) => lease.of === path && lease.own === own);
  const waits = (path: string, mtimeMs: number) => /_of_\d+\.\w+$/.test(path) && isRecent(mtimeMs, PART_IDLE_MS);
  const staying = {
    'that this training is using': 0,
    'that other trainings are using': 0,
    'of parts that wait to be joined': 0,
  };
  const unused: BankEntry[] = [];
  for (const entry of files) {
    const { path, kind, own, mtimeMs } = entry;
    if (kind === 'partial' ? !own : isLeased(path, false)) staying['that other trainings are using'] += entry.size;
    else if (kind === 'partial' || isLeased(path, true)) staying['that this training is using'] += entry.size;
    else if (waits(path, mtimeMs)) staying['of parts that wait to be joined'] += entry.size;
    else unused.push(entry);
  }
  const sum = (sizes: number[]) => sizes.reduce((total, each) => total + each, 0);
  const [needed, allowed] = [bytes + sum(Object.values(staying)), limit()];
  if (needed > allowed) {
    const rest = Object.entries(staying).flatMap(([what, taken]) => (taken > 0 ? [`, ${size(taken)} ${what}`] : []));
    const wait = staying['that other trainings are using'] > 0 ? '. Wait until the other trainings have ended' : '';
    const allowedText = `${size(allowed, Math.floor)} are allowed${wait}`;
    throw outOfSpace(
      `${size(needed, Math.ceil)} are needed (${size(bytes, Math.ceil)} for this${rest.join('')}), ${allowedText}`,
    );
  }
  unused.sort((a, b) => a.mtimeMs - b.mtimeMs);
  for (let excess = needed + sum(unused.map((entry) => entry.size)) - allowed; excess > 0; ) {
    const oldest = unused.shift()!;
    await inBank(rm(oldest.path, { force: true }));
    excess -= oldest.size;
  }
  const { bavail, bsize } = await inBank(statfs(bankFolder()));
  if (bytes > bavail * bsize) {
    const free = size(bavail * bsize, Math.floor);
    throw outOfSpace(`${size(bytes, Math.ceil)} are needed, ${free} are free on the disk`);
  }
}
