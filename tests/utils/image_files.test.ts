import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { imageFiles } from '../../src/utils/image_files';

const root = mkdtempSync(path.join(tmpdir(), 'thaw-files-'));
chmodSync(root, 0o755); // for the test that becomes another user
after(() => rmSync(root, { recursive: true }));
let folder: string;
let folders = 0;
const inFolder = (...names: string[]) => path.join(folder, ...names);

/** Names of the pictures that are found, below the folder. */
async function listed(labelMode: 'int' | null = 'int'): Promise<string[]> {
  return (await imageFiles(folder, labelMode)).filePaths.map((file) => path.relative(folder, file));
}

beforeEach(() => {
  folder = path.join(root, String(++folders));
  for (const kind of ['cat', 'dog']) {
    mkdirSync(inFolder(kind), { recursive: true });
    writeFileSync(inFolder(kind, '0.jpg'), '');
  }
});

test('a link that leads nowhere is named where a class or a picture may be meant', async () => {
  const dangling =
    /Expected links that lead to folders or pictures\. Received: .*\(ENOENT.*Mend the link or remove it\./;
  symlinkSync('/nowhere/else', inFolder('old_link'));
  await assert.rejects(listed(), dangling);
  await assert.rejects(listed(), new RegExp(`Received: ${inFolder('old_link')} `));
  assert.deepEqual(await listed(null), ['cat/0.jpg', 'dog/0.jpg']);
  rmSync(inFolder('old_link'));
  symlinkSync('/nowhere/else', inFolder('.old_link'));
  symlinkSync('/nowhere/else', inFolder('cat', 'notes'));
  assert.deepEqual(await listed(), ['cat/0.jpg', 'dog/0.jpg']);
  symlinkSync('/nowhere/1.jpg', inFolder('cat', '1.jpg'));
  for (const labelMode of ['int', null] as const) {
    await assert.rejects(listed(labelMode), dangling);
    await assert.rejects(listed(labelMode), new RegExp(`Received: ${inFolder('cat', '1.jpg')} `));
  }
});

test('names are told as they can be printed', async () => {
  mkdirSync(inFolder('red\x1b[31m'));
  await assert.rejects(listed(), (error: Error) => {
    assert.ok(error.message.includes('red\\u001b[31m') && !error.message.includes('\x1b'), error.message);
    return true;
  });
});

test('links in a circle are named, too', async () => {
  symlinkSync('round', inFolder('round'));
  await assert.rejects(listed(), /Expected links that lead.*Received: .*round \(ELOOP.*Mend the link or remove it/);
});

test('links to files, and to folders of a class, are followed; other links to folders are not', async () => {
  symlinkSync(inFolder('cat'), inFolder('lynx'));
  symlinkSync(inFolder('cat', '0.jpg'), inFolder('dog', '1.jpg'));
  symlinkSync('..', inFolder('dog', 'up'));
  symlinkSync('..', inFolder('dog', 'up.jpg'));
  mkdirSync(inFolder('dog', 'folder.jpg'));
  writeFileSync(inFolder('dog', 'folder.jpg', '2.png'), '');
  assert.deepEqual(await listed(), ['cat/0.jpg', 'dog/0.jpg', 'dog/1.jpg', 'dog/folder.jpg/2.png', 'lynx/0.jpg']);
});

test('what has the name of a picture, but is no file, is named', async () => {
  const refused = async (name: string, kind: string) => {
    const message = `Expected pictures to be files. Received: ${inFolder('dog', name)}: it is ${kind}, not a file. Remove it.`;
    for (const labelMode of ['int', null] as const) await assert.rejects(listed(labelMode), { message });
    rmSync(inFolder('dog', name));
  };
  execFileSync('mkfifo', [inFolder('dog', 'pipe.jpg')]);
  await refused('pipe.jpg', 'a named pipe');
  symlinkSync('/dev/zero', inFolder('dog', 'device.png'));
  await refused('device.png', 'a device');
  execFileSync('mkfifo', [inFolder('pipe')]);
  symlinkSync(inFolder('pipe'), inFolder('dog', 'link.gif'));
  await refused('link.gif', 'a named pipe');
  const server = createServer().listen(inFolder('socket'));
  await once(server, 'listening');
  symlinkSync(inFolder('socket'), inFolder('dog', 'socket.bmp'));
  await refused('socket.bmp', 'a socket');
  server.close();
});

/** Does so as somebody who may not read everything: the superuser becomes nobody until then. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('a folder that cannot be read is named', async (t) => {
  try {
    await asNobody(async () => accessSync(folder));
  } catch (error) {
    return t.skip(`as another user: ${error}`);
  }
  mkdirSync(inFolder('dog', 'secret'));
  writeFileSync(inFolder('dog', 'secret', '1.jpg'), '');
  for (const secret of [inFolder('dog', 'secret'), inFolder('cat')]) {
    chmodSync(secret, 0);
    const message = new RegExp(
      `Expected folders that can be read\\. Received: ${secret} \\(EACCES.*Allow yourself to read it`,
    );
    try {
      await asNobody(async () => {
        for (const labelMode of ['int', null] as const) await assert.rejects(listed(labelMode), message);
      });
    } finally {
      chmodSync(secret, 0o755);
    }
  }
});

test('a name that is not UTF-8 is named', {
  skip: process.platform === 'linux' ? false : 'names are UTF-8',
}, async () => {
  const bytes = (name: string) => Buffer.from(inFolder('dog', name), 'latin1');
  const garbled = /Expected names in UTF-8\. Received: .*, where \uFFFD stands for what is none\. Rename it\./;
  writeFileSync(bytes('caf\xe9.jpg'), '');
  await assert.rejects(listed(), garbled);
  rmSync(bytes('caf\xe9.jpg'));
  mkdirSync(bytes('caf\xe9'));
  await assert.rejects(listed(), garbled);
  rmSync(bytes('caf\xe9'), { recursive: true });
  writeFileSync(inFolder('dog', '\uFFFD.jpg'), '');
  assert.deepEqual(await listed(), ['cat/0.jpg', 'dog/0.jpg', 'dog/\uFFFD.jpg']);
});
