import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadImg } from '../../src/utils/load_img';
import { readPicture } from '../../src/utils/read_picture';

const folder = mkdtempSync(path.join(tmpdir(), 'thaw-read-'));
after(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string) => path.join(folder, name);

test('the bytes of a file, or of what a link leads to', () => {
  const bytes = Buffer.from([...Array(5000).keys()]);
  writeFileSync(inFolder('file.jpg'), bytes);
  symlinkSync(inFolder('file.jpg'), inFolder('link.jpg'));
  for (const name of ['file.jpg', 'link.jpg']) assert.deepEqual(readPicture(inFolder(name)), bytes);
  writeFileSync(inFolder('empty.jpg'), '');
  assert.equal(readPicture(inFolder('empty.jpg')).length, 0);
});

test('what waits for ever or never ends is not read, nor what is too large', { timeout: 120_000 }, async () => {
  execFileSync('mkfifo', [inFolder('pipe.jpg')]);
  symlinkSync('/dev/zero', inFolder('device.jpg'));
  symlinkSync('..', inFolder('folder.jpg'));
  writeFileSync(inFolder('large.jpg'), '');
  truncateSync(inFolder('large.jpg'), 100e6 + 1);
  const openFiles = () => readdirSync('/dev/fd').length;
  const before = openFiles();
  for (const [name, message] of [
    ['pipe.jpg', 'it is a named pipe, not a file.'],
    ['device.jpg', 'it is a device, not a file.'],
    ['folder.jpg', 'it is a folder, not a file.'],
    ['large.jpg', 'it has 101 MB, and may have 100 MB: make it smaller.'],
  ] as const) {
    assert.throws(() => readPicture(inFolder(name)), { message });
    await assert.rejects(loadImg(inFolder(name), { targetSize: [4, 4] }), {
      message: `Expected a JPEG, PNG, BMP, GIF or WebP that can be decoded. Received: ${inFolder(name)} (${message}) Check the path, or take another picture.`,
    });
  }
  assert.equal(openFiles(), before);
});
