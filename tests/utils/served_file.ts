import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after } from 'node:test';
import type { GetFileArgs } from '../../src/utils/get_file';
import { type Behaviour, serveFile } from '../support/file_server';
import { temporaryHome } from '../support/temporary_home';

/** What the file holds. */
export const content = randomBytes(1_000_000);
export const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
/** Limits that a test need not wait long for. */
export const http = { connectSeconds: 2, stallSeconds: 1, retrySeconds: 0.01 };
/** Closed when the tests have run. */
export const servers: { close: () => Promise<void> }[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

/** A server of the file, an empty cache and folder of assets, and what fetches the file into `path`. */
export async function setUp(behaviour: Behaviour = {}, served = content) {
  const folders = temporaryHome();
  const server = await serveFile(served, behaviour);
  servers.push(server);
  const args: GetFileArgs = {
    fileName: 'a.bin',
    cacheSubdir: 'models',
    hash: sha256(content),
    urls: [server.url],
    http,
  };
  return { ...folders, server, args, path: join(folders.home, 'models', 'a.bin') };
}
