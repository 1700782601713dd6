import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasHash } from './file_hash';
import { type HttpBytesArgs, httpBytes, MOST_BYTES } from './http_bytes';
import { withLock } from './lock';
import { assetsSource, inAssets, thawHome } from './paths';
import { explainCache, type FailedSource, sourcesError, trySource } from './sources';
import { transferProgress } from './transfer_progress';
import { writeWhole } from './write_whole';

/** A file made from another publication of the same content, when the official address gives nothing. */
export interface Mirror {
  /** What it is made from, for people. */
  name: string;
  /** Its name in the cache: it isn't byte for byte the official file, so it has another one. */
  fileName: string;
  /** Its hash, `sha256:<hex>`. */
  hash: string;
  /** Writes the file to `path`. */
  make: (path: string) => Promise<void>;
}

/** Arguments of {@link getFile}. */
export interface GetFileArgs {
  /** Name of the file, in the cache and in the folder of assets. */
  fileName: string;
  /** Folder inside the cache. */
  cacheSubdir: string;
  /**
   * `sha256:<hex>`, or `md5:<hex>` where the publisher gives only that. Defaults to the MD5 that the server sends along,
   * if it does, for a download; then what lies in the cache or in the folder of assets is taken as it is.
   */
  hash?: string;
  /** Official addresses, tried in order. */
  urls: readonly string[];
  /** The most bytes that it may have: a server that goes on sending is cut off there. Defaults to that of `httpBytes`. */
  most?: number;
  /** Where else the content can be had. Defaults to nowhere. */
  mirror?: Mirror;
  /** Time limits of the transfer. Defaults to those of `httpBytes`. */
  http?: Pick<HttpBytesArgs, 'connectSeconds' | 'stallSeconds' | 'retrySeconds'>;
}

/**
 * The path of a verified file in the cache, fetched once: from the cache, else the folder of assets, else its official
 * addresses, else its mirror. A download that was interrupted goes on from its `.part`; a file takes its name only when
 * its hash holds. Mirrors `keras.utils.get_file`.
 *
 * @throws One error that lists each source, why it failed and what to put where; or that the cache can't be used, the disk
 *   being full, say.
 */
export async function getFile(args: GetFileArgs): Promise<string> {
  const folder = join(thawHome(), args.cacheSubdir);
  const names: { fileName: string; hash?: string }[] = [args, ...(args.mirror ? [args.mirror] : [])];
  const path = join(folder, args.fileName);
  const cached = async (): Promise<string | undefined> => {
    for (const { fileName, hash } of names) {
      if (hash ? await hasHash(join(folder, fileName), hash) : existsSync(join(folder, fileName))) {
        return join(folder, fileName);
      }
    }
    return undefined;
  };
  const fetched = () => withLock(path, async () => (await cached()) ?? fetchFile(args, path));
  return explainCache(folder, async () => (await cached()) ?? fetched());
}

async function fetchFile(args: GetFileArgs, path: string): Promise<string> {
  const failed: FailedSource[] = [{ source: `cache, ${path}`, why: 'not there, or not the right bytes' }];
  const { mirror } = args;
  let found = await trySource(failed, assetsSource(), () => copyFromAssets(path, args.hash));
  for (const url of args.urls) {
    found ??= await trySource(failed, url, () =>
      download({ ...args.http, url, path, hash: args.hash, most: args.most }),
    );
  }
  if (mirror) {
    found ??= await trySource(failed, mirror.name, () => makeFromMirror(mirror, dirname(path)));
  }
  if (!found) {
    const remedy = `put it, unchanged, at ${path} or into a folder that THAW_ASSETS names.`;
    throw sourcesError(args.fileName, failed, `Get ${args.urls[0]} by other means and ${remedy}`);
  }
  return found;
}

async function copyFromAssets(path: string, hash?: string): Promise<string> {
  const source = inAssets(basename(path));
  // Beside the `.part` of an interrupted download, which stays.
  return writeVerified(path, (beside) => copyFile(source, beside), `${path}.copy`, hash);
}

async function makeFromMirror(mirror: Mirror, folder: string): Promise<string> {
  const path = join(folder, mirror.fileName);
  return writeVerified(path, mirror.make, `${path}.part`, mirror.hash);
}

async function writeVerified(path: string, make: Mirror['make'], beside: string, hash?: string): Promise<string> {
  const write = async () => {
    await make(beside);
    if (hash && !(await hasHash(beside, hash))) throw wrongBytes(hash);
  };
  await writeWhole(path, write, beside);
  return path;
}

/** Arguments of {@link download}. */
export interface DownloadArgs extends HttpBytesArgs {
  /** Where the file is to lie; until it is whole and verified, it is `<path>.part`. */
  path: string;
  /** Its hash, as in {@link GetFileArgs}. */
  hash: string | undefined;
}

/**
 * Downloads one verified file, going on from its `.part` where an earlier download left one. The caller holds the lock.
 *
 * @returns `path`.
 * @throws When the server fails for good, or the bytes are wrong or too many: then the `.part` is removed.
 */
export async function download(args: DownloadArgs): Promise<string> {
  const { path, most = MOST_BYTES } = args;
  let { hash } = args;
  const partPath = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const part = await open(partPath, 'a');
  const start = (await part.stat()).size;
  let done = start;
  try {
    const progress = transferProgress(basename(path));
    for await (const { chunk, total, md5 } of httpBytes({ ...args, start })) {
      hash ??= md5;
      await part.appendFile(chunk);
      done += chunk.length;
      progress(done, total);
    }
  } finally {
    await part.close();
    if (done === 0 || done > most) {
      await rm(partPath);
    }
  }
  if (!(hash ? await hasHash(partPath, hash) : start === 0 && done > 0)) {
    await rm(partPath, { force: true });
    // What lay there may have been of another version of the file: once more, from its first byte.
    if (start > 0) return download(args);
    throw wrongBytes(hash);
  }
  // Not by writeWhole: a download that breaks off goes on from what there is.
  await rename(partPath, path);
  return path;
}

function wrongBytes(hash = 'the whole file'): Error {
  return new Error(`wrong bytes: expected ${hash}; they were thrown away`);
}
