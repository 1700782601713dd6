import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { readAll, withRegularFile } from '../../utils/regular_file';

/** A file of weights beside a `model.json`. */
interface Shard {
  path: string;
  bytes: number;
  /** What it is, whatever it is called. */
  identity: string;
}

/** @throws Error when what a `model.json` in `folder` calls by that name isn't a file of that folder or one below it. */
async function findShard(folder: string, name: string): Promise<Shard> {
  const path = await realpath(join(folder, name));
  const below = relative(folder, path);
  if (isAbsolute(name) || isAbsolute(below) || below.split(sep)[0] === '..') {
    throw new Error(`its weights lie outside its folder: '${name}'`);
  }
  return withRegularFile(path, async (file, bytes) => {
    const { dev, ino } = await file.stat({ bigint: true });
    return { path, bytes, identity: `${dev}:${ino}` };
  });
}

/**
 * What the files of weights beside the `model.json` at `path` hold, one after another.
 *
 * @throws Error when one of them is no file in its folder or below, when one comes twice, whatever it is called, or when
 *   they have not as many bytes as `expected`, in all.
 */
export async function readShards(path: string, names: string[], expected: number): Promise<ArrayBuffer> {
  const folder = await realpath(dirname(path));
  const shards: Shard[] = [];
  const seen = new Set<string>();
  for (const name of names) {
    const shard = await findShard(folder, name);
    if (seen.has(shard.identity)) throw new Error(`it names the file of weights '${name}' twice`);
    seen.add(shard.identity);
    shards.push(shard);
  }
  const held = shards.reduce((sum, { bytes }) => sum + bytes, 0);
  if (held !== expected) {
    throw new Error(`its weights take ${expected} bytes, and the files beside it have ${held}`);
  }
  const all = new Uint8Array(expected);
  let start = 0;
  for (const { path, bytes } of shards) {
    await withRegularFile(path, (file) => readAll(file, all.subarray(start, start + bytes)));
    start += bytes;
  }
  return all.buffer;
}
