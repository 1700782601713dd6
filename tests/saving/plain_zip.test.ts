import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import crc32 from 'buffer-crc32';
import { readZip } from '../../src/saving/zip';
import { type RawMember, rawZip } from '../support/raw_zip';

const folder = mkdtempSync(join(tmpdir(), 'thaw-plain-'));
after(() => rmSync(folder, { recursive: true }));

const config: RawMember = { name: 'config.json', bytes: Buffer.from('{"layers": "good"}') };
const evil: RawMember = { name: 'config.json', bytes: Buffer.from('{"layers": "evil"}') };
const weights: RawMember = { name: 'model.weights.h5', bytes: Buffer.from('weights') };
const good = rawZip([config, weights]);

async function read(zip: Uint8Array): Promise<{ text: string; file: string }> {
  writeFileSync(join(folder, 'model.zip'), zip);
  const text = await readZip(join(folder, 'model.zip'), 'config.json', 'model.weights.h5', join(folder, 'file'));
  return { text, file: readFileSync(join(folder, 'file'), 'latin1') };
}

const LOCAL = 'PK\x03\x04';
const DIRECTORY = 'PK\x01\x02';
const END = 'PK\x05\x06';

/** The good zip with other bytes at a place behind the first mark. */
function patched(mark: string, at: number, ...bytes: number[]): Buffer {
  return patch(good, mark, at, bytes);
}

function patch(original: Buffer, mark: string, at: number, bytes: number[]): Buffer {
  const zip = Buffer.from(original);
  zip.set(bytes, zip.indexOf(mark, 0, 'latin1') + at);
  return zip;
}

/** The good zip with more bytes before the first mark; every number that says where something lies is as before. */
function inserted(mark: string, bytes: string): Buffer {
  const place = good.indexOf(mark, 0, 'latin1');
  return Buffer.concat([good.subarray(0, place), Buffer.from(bytes, 'latin1'), good.subarray(place)]);
}

const end = good.subarray(good.indexOf(END, 0, 'latin1'));
const withComment = (comment: Buffer) => {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(comment.length);
  return Buffer.concat([good.subarray(0, -2), length, comment]);
};

test('a zip with a comment, and one with other members and folders, are read', async () => {
  const expected = { text: config.bytes.toString(), file: weights.bytes.toString() };
  assert.deepEqual(await read(good), expected);
  assert.deepEqual(await read(withComment(Buffer.from('a comment'))), expected);
  const more = ['assets/', 'assets/words.txt', 'x/config.json'].map((name) => ({ name, bytes: Buffer.alloc(0) }));
  assert.deepEqual(await read(rawZip([...more, weights, config])), expected);
});

for (const [what, zip] of Object.entries({
  'another name before its bytes': patched(LOCAL, 30, 120),
  'another size before its bytes': patched(LOCAL, 22, 1),
  'another sum before its bytes': patched(LOCAL, 14, 1, 2, 3, 4),
  'another method before its bytes': patched(LOCAL, 8, 8),
  'other flags before its bytes': patched(LOCAL, 6, 8),
  'an encrypted member': rawZip([{ ...config, bytes: deflateRawSync(config.bytes), method: 8, flags: 1 }, weights]),
  'an encrypted directory': rawZip([{ ...config, flags: 0x2000 }, weights]),
  'a member for newer programs': patched(DIRECTORY, 6, 99),
  'two members of one place': patched(DIRECTORY, 42, 53),
  'something before its members': inserted(LOCAL, 'MZ'),
  'something between a member and the directory': inserted(DIRECTORY, 'x'),
  'something behind the directory': inserted(END, 'x'),
  'something behind the end': Buffer.concat([good, Buffer.from('x')]),
  'a second end': Buffer.concat([good, end]),
  'an end in its comment': withComment(end),
  'a zip in its comment': withComment(rawZip([evil, weights])),
  'fewer members on this disk': patched(END, 8, 1),
  'fewer members': patched(END, 8, 1, 0, 1, 0),
  'a smaller directory': patched(END, 12, 1),
  'a directory elsewhere': patched(END, 16, 0),
  'another disk': patched(END, 4, 1),
  'a cut extra field': patched(LOCAL, 28, 4),
  'another name in an extra field': patch(
    rawZip([{ ...config, bytes: Buffer.from('up\0\0{}') }, weights]),
    LOCAL,
    28,
    [4],
  ),
  'a name with a zero': rawZip([config, weights, { ...evil, name: 'config.json\0' }]),
  'a name with a backslash': rawZip([config, weights, { ...evil, name: 'assets\\config.json' }]),
  'a name that is no text': patched(DIRECTORY, 8, 0, 8),
})) {
  test(`a zip that can be read in two ways is not read: ${what}`, () =>
    assert.rejects(read(zip), /it is damaged or can be read in two ways: /));
}

for (const name of ['config.json', 'CONFIG.json', './config.json', 'config.json/']) {
  test(`a zip with two members that may be one is not read: ${name}`, () =>
    assert.rejects(read(rawZip([config, weights, { ...evil, name }])), /it has two members '.*onfig\.json/i));
}

test('two names that differ by how letters are put together are one', () =>
  assert.rejects(
    read(rawZip([config, weights, ...['é', 'e\u0301'].map((name) => ({ ...evil, name, flags: 0x800 }))])),
    /it has two members/,
  ));

test('a zip whose end lies beyond all files is an error, and nothing that nobody catches', async () => {
  const locator = Buffer.alloc(20, 0xff);
  locator.write('PK\x06\x07', 'latin1');
  const zip = Buffer.concat([good.subarray(0, -end.length), Buffer.alloc(56), locator, end]);
  await assert.rejects(read(zip), /it is damaged or can be read in two ways/);
});

test('a small member may be compressed as far as zeros can be, a large one no more than weights', async () => {
  const zeros = (size: number): RawMember => {
    const bytes = Buffer.alloc(size);
    return { ...weights, bytes: deflateRawSync(bytes), method: 8, size, crc: crc32.unsigned(bytes) };
  };
  assert.equal((await read(rawZip([config, zeros(1e6)]))).file.length, 1e6);
  await assert.rejects(read(rawZip([config, zeros(1e8)])), /'model\.weights\.h5' of 100000000 bytes is no model/);
});
