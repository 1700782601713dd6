import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from '../../utils/if_there';
import { thawHome } from '../../utils/paths';

const DEFAULT_LIMIT = 10;
const GB = 1e9;
/** A partial file that nobody has written to for so long is a killed process's. */
const PARTIAL_IDLE_MS = 60_000;
/** A shard's part waits so long for the others, which a scheduler may start hours later. */
const PART_IDLE_MS = 24 * 60 * 60_000;

/** Where the feature bank of all checkouts lies. */
export const bankFolder = () => join(thawHome(), 'feature_bank');

/** The error for a feature bank that does not fit, with what can be done. */
export function outOfSpace(what: string, cause?: Error): Error {
  return new Error(
    `The feature bank is out of space: ${what}. Free some space, move the cache to another disk (THAW_HOME), raise the ` +
      'limit (THAW_BANK_GB), take fewer variants, or train without it: featureBank({ enabled: false }).',
    { cause },
  );
}

/** The most that the bank may take on disk, in bytes: the environment variable THAW_BANK_GB, in GB. */
function limit(): number {
  const gigabytes = Number(process.env.THAW_BANK_GB ?? DEFAULT_LIMIT);
  if (!(gigabytes > 0)) {
    throw new Error(`Expected THAW_BANK_GB to be a number of gigabytes. Received: ${process.env.THAW_BANK_GB}`);
  }
  return gigabytes * GB;
}

/**
 * Sees to it that `bytes` more fit into the bank's limit: the files that were not used for longest go, but none of
 * `inUse`, and no parts that may yet be joined.
 *
 * @throws Error when they fit neither there nor on the disk.
 */
export async function makeRoom(bytes: number, inUse: string[]): Promise<void> {
  await mkdir(bankFolder(), { recursive: true });
  const entries = await readdir(bankFolder(), { withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ name }) => join(bankFolder(), name));
  // Another process may rename or remove a file meanwhile.
  const found = await Promise.all(paths.map(async (path) => ({ path, stats: await ifThere(stat(path)) })));
  const files = found.flatMap(({ path, stats }) => (stats ? { path, size: stats.size, mtimeMs: stats.mtimeMs } : []));
  let total = files.reduce((sum, { size }) => sum + size, bytes);
  const isIdle = (path: string, mtimeMs: number) => {
    if (path.endsWith('.partial')) return Date.now() - mtimeMs > PARTIAL_IDLE_MS;
    return !/\.\d+_of_\d+\.\w+$/.test(path) || Date.now() - mtimeMs > PART_IDLE_MS;
  };
  const longestUnused = files
    .filter(({ path, mtimeMs }) => !inUse.includes(path) && isIdle(path, mtimeMs))
    .sort((a, b) => a.mtimeMs - b.mtimeMs);
  for (const { path, size } of longestUnused) {
    if (total <= limit()) break;
    await rm(path, { force: true });
    total -= size;
  }
  const gigabytes = (size: number) => `${(size / GB).toFixed(1)} GB`;
  if (total > limit()) throw outOfSpace(`${gigabytes(total)} are needed, ${gigabytes(limit())} are allowed`);
  const { bavail, bsize } = await statfs(bankFolder());
  if (bytes > bavail * bsize) {
    throw outOfSpace(`${gigabytes(bytes)} are needed, ${gigabytes(bavail * bsize)} are free on the disk`);
  }
}
