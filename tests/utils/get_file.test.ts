import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type GetFileArgs, getFile } from '../../src/utils/get_file';
import { httpBytes } from '../../src/utils/http_bytes';
import { serveFile } from '../support/file_server';
import { mountSmallDisk } from '../support/small_disk';
import { withoutAssets } from '../support/temporary_home';
import { content, http, servers, setUp, sha256 } from './served_file';

function withoutHash({ hash, ...rest }: GetFileArgs): GetFileArgs {
  return rest;
}

/** A function that gives `value` the first time and undefined from then on. */
function once(value: number) {
  let asked = 0;
  return () => (asked++ === 0 ? value : undefined);
}

test('a file is downloaded once, and no server is asked again', async () => {
  const { server, args, path } = await setUp();
  assert.equal(await getFile(args), path);
  assert.deepEqual(readFileSync(path), content);
  await getFile(args);
  assert.deepEqual(server.ranges, ['']);
  assert.deepEqual(readdirSync(join(path, '..')), ['a.bin']);
});

test('an MD5 is checked where the publisher gives only that', async () => {
  const { args } = await setUp();
  const md5 = createHash('md5').update(content).digest('hex');
  await getFile({ ...args, hash: `md5:${md5}` });
  await assert.rejects(getFile({ ...args, fileName: 'b.bin', hash: `md5:${md5.replace(/./, 'x')}` }), /wrong bytes/);
});

test('a file of no known hash is taken when it came whole, and is then in the cache', async () => {
  const { server, args, path } = await setUp({ cutAfter: once(300_000) });
  const unknown = withoutHash(args);
  assert.equal(await getFile(unknown), path);
  assert.deepEqual(readFileSync(path), content);
  await getFile(unknown);
  assert.equal(server.ranges.length, 2);
});

test('a file of no known hash is taken from the folder of assets as it is', async () => {
  const { server, args, path, assets } = await setUp();
  const unknown = withoutHash(args);
  writeFileSync(join(assets, 'a.bin'), 'something else');
  await getFile(unknown);
  assert.equal(readFileSync(path, 'utf8'), 'something else');
  assert.deepEqual(server.ranges, []);
});

test('without a hash the MD5 that the server sends along is checked', async () => {
  const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');
  const said = (bytes: Buffer) => ({ headers: { 'x-goog-hash': `crc32c=n03x6A==, md5=${md5(bytes)}` } });
  const good = await setUp(said(content));
  const unknown = withoutHash(good.args);
  await getFile(unknown);
  assert.deepEqual(readFileSync(good.path), content);
  const damaged = await setUp(said(content.subarray(1)));
  await assert.rejects(getFile(withoutHash(damaged.args)), /wrong bytes: expected md5:/);
  assert.deepEqual(readdirSync(join(damaged.path, '..')), []);
});

test('without any hash a part of an earlier download is not trusted', async () => {
  for (const stale of [randomBytes(1234), randomBytes(content.length), randomBytes(content.length + 1)]) {
    const { args, path } = await setUp();
    const unknown = withoutHash(args);
    mkdirSync(join(path, '..'));
    writeFileSync(`${path}.part`, stale);
    await getFile(unknown);
    assert.deepEqual(readFileSync(path), content);
  }
});

test('the folder of assets comes before any server', async () => {
  const { server, args, path, assets } = await setUp();
  writeFileSync(join(assets, 'a.bin'), content);
  assert.equal(await getFile(args), path);
  assert.deepEqual(readFileSync(path), content);
  assert.deepEqual(server.ranges, []);
});

test('wrong bytes in the folder of assets and in the cache are passed over', async () => {
  const { server, args, path, assets } = await setUp();
  writeFileSync(join(assets, 'a.bin'), 'something else');
  mkdirSync(join(path, '..'));
  writeFileSync(path, content.subarray(1));
  await getFile(args);
  assert.deepEqual(readFileSync(path), content);
  assert.deepEqual(server.ranges, ['']);
});

test('a connection that is cut again and again is taken up where it broke', async () => {
  const { server, args, path } = await setUp({ cutAfter: () => 300_000 });
  await getFile(args);
  assert.deepEqual(readFileSync(path), content);
  const starts = server.ranges.map((range) => Number(range.match(/^bytes=(\d+)-$/)?.[1] ?? 0));
  assert.ok(starts.length >= 4, `${starts}`);
  assert.ok(
    starts.every((start, i) => i === 0 || start > starts[i - 1]!),
    `${starts}`,
  );
});

test('a cut connection to a server that ignores ranges starts over and ends whole', async () => {
  const { server, args, path } = await setUp({ ignoreRanges: true, cutAfter: once(300_000) });
  await getFile(args);
  assert.deepEqual(readFileSync(path), content);
  assert.equal(server.ranges.length, 2);
});

test('a server that never gets further is given up, and what came stays for the next run', async () => {
  const { server, args, path } = await setUp({ ignoreRanges: true, cutAfter: () => 300_000 });
  await assert.rejects(getFile(args), /a\.bin/);
  assert.ok(statSync(`${path}.part`).size > 0);
  server.behaviour = {};
  await getFile(args);
  assert.match(server.ranges.at(-1)!, /^bytes=[1-9]/);
  assert.deepEqual(readFileSync(path), content);
});

test('a slow server is waited for, a silent one is asked again', async () => {
  const slow = await setUp({ delayMs: 20 }); // 61 pieces: four times the time limit on silence.
  await getFile(slow.args);
  assert.equal(slow.server.ranges.length, 1);
  const silent = await setUp({ stallAfter: once(400_000) });
  await getFile(silent.args);
  assert.equal(silent.server.ranges.length, 2);
  assert.deepEqual(readFileSync(silent.path), content);
});

test('a server that never ends is cut off at the most that the file may have, and nothing of it stays', async () => {
  const { server, args, path } = await setUp({ endless: true });
  await assert.rejects(getFile({ ...args, most: 3_000_000 }), /with more than the 3000000 bytes that were expected/);
  assert.ok(server.sent < 6_000_000, `${server.sent}`);
  assert.deepEqual(readdirSync(join(path, '..')), []);
});

test('a server that never ends is cut off at the size that it says', async () => {
  const { server, args, path } = await setUp({ endless: true });
  mkdirSync(join(path, '..'));
  writeFileSync(`${path}.part`, content.subarray(0, 1000)); // only of a range it says the size
  await getFile(args);
  assert.deepEqual(readFileSync(path), content);
  assert.ok(server.sent < 2 * content.length, `${server.sent}`);
});

test('a file of another size than it may have is not even begun', async () => {
  const { server, args, path } = await setUp({ headers: { 'content-length': '1000000000000000' } });
  await assert.rejects(getFile(args), /with more than the 600000000 bytes that were expected at most/);
  assert.ok(server.sent < 1_000_000);
  const known = await setUp();
  await assert.rejects(getFile({ ...known.args, most: content.length - 1 }), /with more than the 999999 bytes/);
  assert.deepEqual(readdirSync(join(path, '..')), []);
  await getFile({ ...known.args, most: content.length });
});

test('a server that sends more than was asked for is cut off there', async () => {
  const { server, args, path } = await setUp({ endless: true, ignoreRanges: true });
  mkdirSync(join(path, '..'));
  server.behaviour.headers = { 'content-range': 'bytes 0-999999/1000000' };
  const all: Uint8Array[] = [];
  for await (const { chunk } of httpBytes({ ...http, url: args.urls[0]!, start: 10, end: 100_000 })) all.push(chunk);
  assert.deepEqual(Buffer.concat(all), content.subarray(10, 100_000));
});

test('a server that trickles is given up after a few tries, and so is one that breaks off after every few bytes', async () => {
  for (const behaviour of [{ pieceBytes: 1, delayMs: 100 }, { cutAfter: () => 100 }]) {
    const { server, args, path } = await setUp(behaviour);
    await assert.rejects(getFile(args), /less than 1 kB\/s for 1 s|closed|terminated|other side/);
    assert.equal(server.ranges.length, 6);
    // What came is right, as far as one can know: the next run goes on from there.
    server.behaviour = {};
    await getFile(args);
    assert.match(server.ranges.at(-1)!, /^bytes=[1-9]/);
    assert.deepEqual(readFileSync(path), content);
  }
});

test('headers that never end are an error', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n');
    const more = setInterval(() => socket.write(`x-more: ${'x'.repeat(1000)}\r\n`), 1);
    socket.on('close', () => clearInterval(more));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { args, path } = await setUp();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await assert.rejects(getFile({ ...args, urls: [url] }), /Headers Overflow/);
  server.close();
  assert.deepEqual(readdirSync(join(path, '..')), []);
});

test('wrong bytes from a server are thrown away and the next address is asked', async () => {
  const { args, path } = await setUp({}, randomBytes(5000));
  await assert.rejects(getFile(args), /wrong bytes: expected sha256/);
  assert.deepEqual(readdirSync(join(path, '..')), []);
  const good = await serveFile(content);
  servers.push(good);
  await getFile({ ...args, urls: [...args.urls, good.url] });
  assert.deepEqual(readFileSync(path), content);
});

test('a part of another version of the file is replaced', async () => {
  for (const stale of [randomBytes(1234), randomBytes(content.length), randomBytes(content.length + 1)]) {
    const { args, path } = await setUp();
    mkdirSync(join(path, '..'));
    writeFileSync(`${path}.part`, stale);
    await getFile(args);
    assert.deepEqual(readFileSync(path), content);
  }
});

test('when nothing answers, one error lists each source, why it failed and what to put where', async () => {
  const { args, path, assets, server } = await setUp({ status: 404 });
  const closed = await serveFile(content);
  await closed.close();
  const mirror = {
    name: 'the mirror',
    fileName: 'b.bin',
    hash: sha256(content),
    make: async (to: string) => writeFileSync(to, 'x'),
  };
  await assert.rejects(getFile({ ...args, urls: [server.url, closed.url], mirror }), ({ message }: Error) => {
    const lines = message.split('\n');
    assert.equal(lines.length, 7, message);
    assert.match(lines[0]!, /a\.bin/);
    assert.ok(lines[1]!.includes(path));
    assert.ok(lines[2]!.includes(assets) && lines[2]!.includes('no a.bin there'));
    assert.ok(lines[3]!.includes(server.url) && lines[3]!.includes('404'));
    assert.ok(lines[4]!.includes(closed.url) && lines[4]!.includes('ECONNREFUSED'));
    assert.match(lines[5]!, /the mirror: wrong bytes/);
    assert.ok(lines[6]!.includes(`at ${path}`) && lines[6]!.includes('THAW_ASSETS'));
    return true;
  });
  assert.deepEqual(readdirSync(join(path, '..')), []);
});

test('where there is no folder of assets, the error says so and names none', async (t) => {
  const { args } = await setUp({ status: 404 });
  withoutAssets(t);
  await assert.rejects(getFile(args), ({ message }: Error) => {
    assert.equal(message.split('\n')[2], '  - folder of assets: there is none; THAW_ASSETS names it');
    return true;
  });
});

test('a mirror is asked last; its file has a name and a hash of its own', async () => {
  const { args, path, server } = await setUp({ status: 503 });
  const bytes = randomBytes(10);
  let made = 0;
  const make = async (to: string) => writeFileSync(to, bytes.subarray(0, 10 * ++made));
  const mirrored = { ...args, mirror: { name: 'mirror', fileName: 'b.bin', hash: sha256(bytes), make } };
  assert.equal(await getFile(mirrored), join(path, '../b.bin'));
  assert.equal(server.ranges.length, 6, 'a server in trouble is asked five times more');
  assert.equal(await getFile(mirrored), join(path, '../b.bin'));
  assert.equal(made, 1);
});

test('a full disk is one clear error; with more room the download goes on', async (t) => {
  const { server, args, home } = await setUp();
  const disk = mountSmallDisk(home, '600k', t);
  if (!disk) {
    return;
  }
  try {
    await assert.rejects(getFile(args), /The disk that holds .* is full\. Free some space, or set THAW_HOME/);
    assert.deepEqual(readdirSync(join(home, 'models')), ['a.bin.part']);
    disk.enlarge('4m');
    const path = await getFile(args);
    assert.deepEqual(readFileSync(path), content);
    assert.match(server.ranges.at(-1)!, /^bytes=[1-9]/);
  } finally {
    disk.unmount();
  }
});
