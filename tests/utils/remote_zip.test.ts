import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import yazl from 'yazl';
import { openRemoteZip, RangesIgnoredError } from '../../src/utils/remote_zip';
import { openZip } from '../../src/utils/zip_archive';
import { type Behaviour, serveFile } from '../support/file_server';
import { claiming } from '../support/raw_zip';
import { temporaryHome } from '../support/temporary_home';
import { zipOf } from '../support/zip_of';

const http = { connectSeconds: 2, stallSeconds: 1, retrySeconds: 0.01 };
const files = Array.from({ length: 100 }, (_, i) => [`f/${i}`, randomBytes(10_000)] as const);
const servers: { close: () => Promise<void> }[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function serveZip(behaviour: Behaviour = {}) {
  const server = await serveFile(await zipOf(files), behaviour);
  servers.push(server);
  return server;
}

/** First and last byte of each range that was asked for. */
function asked(ranges: readonly string[]): [number, number][] {
  return ranges.map((range) => range.replace('bytes=', '').split('-').map(Number) as [number, number]);
}

test('neighbouring files come with one request, and nothing else of the archive is asked for', async () => {
  const server = await serveZip();
  const zip = await openRemoteZip({ ...http, url: server.url });
  assert.equal(zip.entries.size, 100);
  server.ranges.length = 0;
  const wanted = [...files.slice(11, 15), ...files.slice(71, 73)];
  zip.expect(wanted.map(([name]) => zip.entries.get(name)!));
  for (const [name, bytes] of wanted) {
    assert.deepEqual(await zip.read(zip.entries.get(name)!), bytes);
  }
  zip.close();
  const [first, second, ...others] = asked(server.ranges);
  assert.deepEqual(others, []);
  assert.ok(first![0] >= 110_000 && first![1] < 155_000, `${first}`);
  assert.ok(second![0] >= 710_000 && second![1] < 735_000, `${second}`);
});

test('files that nobody announced are read in blocks', async () => {
  const server = await serveZip();
  const zip = await openRemoteZip({ ...http, url: server.url, blockSize: 65536 });
  server.ranges.length = 0;
  for (const [name, bytes] of files.slice(41, 45)) {
    assert.deepEqual(await zip.read(zip.entries.get(name)!), bytes);
  }
  zip.close();
  assert.equal(server.ranges.length, 1);
  assert.ok(asked(server.ranges).every(([first, last]) => last - first + 1 === 65536));
});

test('a file across the border of two blocks and the last, shorter block are whole', async () => {
  const server = await serveZip();
  const zip = await openRemoteZip({ ...http, url: server.url, blockSize: 7777 });
  for (const [name, bytes] of [files[99]!, files[0]!, files[50]!]) {
    assert.deepEqual(await zip.read(zip.entries.get(name)!), bytes);
  }
  zip.close();
});

test('cut connections are taken up where they broke', async () => {
  const server = await serveZip({ cutAfter: () => 30_000 });
  const zip = await openRemoteZip({ ...http, url: server.url, blockSize: 100_000 });
  assert.deepEqual(await zip.read(zip.entries.get('f/3')!), files[3]![1]);
  zip.close();
});

test('a server that sends whole files only is told apart', async () => {
  const server = await serveZip({ ignoreRanges: true });
  await assert.rejects(openRemoteZip({ ...http, url: server.url }), RangesIgnoredError);
});

test('an archive with more bytes than it may have, or too many members, is refused', async () => {
  const large = await serveZip({ headers: { 'content-range': 'bytes 0-0/1000000000000' } });
  await assert.rejects(openRemoteZip({ ...http, url: large.url }), /more than the 600000000 bytes/);
  const many = await serveZip();
  many.content = claiming(many.content, 100_001);
  await assert.rejects(openRemoteZip({ ...http, url: many.url }), /it has 100001 members/);
});

test('a server without the archive, and a file that is no archive, are errors that say so', async () => {
  const server = await serveZip({ status: 404 });
  await assert.rejects(openRemoteZip({ ...http, url: server.url }), /404/);
  server.behaviour = {};
  server.content = randomBytes(3000);
  await assert.rejects(openRemoteZip({ ...http, url: server.url }), /[Ee]nd of central directory/);
});

test('wrong bytes inside the archive are found by their CRC-32, and the file is named', async () => {
  const server = await serveZip();
  server.content[35_000]! ^= 1;
  const zip = await openRemoteZip({ ...http, url: server.url });
  await assert.rejects(
    zip.read(zip.entries.get('f/3')!),
    /^Error: f\/3: wrong bytes\. Expected CRC-32 \d+\. Received: \d+/,
  );
  assert.deepEqual(await zip.read(zip.entries.get('f/4')!), files[4]![1]);
  zip.close();
});

test('a compressed archive on disk is read the same way', async () => {
  const { home } = temporaryHome();
  const zipFile = new yazl.ZipFile();
  zipFile.addEmptyDirectory('folder');
  zipFile.addBuffer(Buffer.alloc(50_000, 'thaw'), 'folder/a.txt');
  zipFile.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zipFile.outputStream) {
    chunks.push(Buffer.from(chunk));
  }
  const path = join(home, 'a.zip');
  writeFileSync(path, Buffer.concat(chunks));
  const zip = await openZip(path);
  assert.deepEqual([...zip.entries.keys()], ['folder/a.txt']);
  assert.deepEqual(await zip.read(zip.entries.get('folder/a.txt')!), Buffer.alloc(50_000, 'thaw'));
  zip.close();
});
