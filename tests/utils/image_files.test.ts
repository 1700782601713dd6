import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { imageFiles, skippedText } from '../../src/utils/image_files';

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

/** What is told of those that are passed over. */
const toldSkipped = async () => skippedText((await imageFiles(folder, 'int')).skipped);

beforeEach(() => {
  folder = path.join(root, String(++folders));
  for (const kind of ['cat', 'dog']) {
    mkdirSync(inFolder(kind), { recursive: true });
    writeFileSync(inFolder(kind, '0.jpg'), '');
  }
});

test('a link that leads nowhere is passed over and named, wherever it is', async () => {
  symlinkSync('/nowhere/else', inFolder('old_link'));
  symlinkSync('/nowhere/else', inFolder('.old_link'));
  symlinkSync('/nowhere/else', inFolder('cat', 'notes'));
  symlinkSync('/nowhere/1.jpg', inFolder('cat', '1.jpg'));
  symlinkSync('../dog/0.jpg/2.jpg', inFolder('cat', '2.jpg'));
  symlinkSync('round', inFolder('round'));
  assert.deepEqual(await listed(), ['cat/0.jpg', 'dog/0.jpg']);
  assert.equal(
    await toldSkipped(),
    'Skipped 1 hidden (.old_link); ' + '5 links that lead nowhere (old_link, round, cat/1.jpg, …).',
  );
  assert.deepEqual(await listed(null), ['cat/0.jpg', 'dog/0.jpg']);
  rmSync(inFolder('dog', '0.jpg'));
  symlinkSync('/nowhere/0.jpg', inFolder('dog', '0.jpg'));
  await assert.rejects(listed(), /Received: none in .*dog\..*Skipped .*links that lead nowhere/);
});

test('what is passed over is told by kinds, with names as they can be printed', async () => {
  for (const name of ['a.webp', 'b.WEBP', 'c.txt', 'red\x1b[31m', 'label.json'])
    writeFileSync(inFolder('cat', name), '');
  for (const name of ['.DS_Store', '.0.jpg']) writeFileSync(inFolder('dog', name), '');
  mkdirSync(inFolder('.ipynb_checkpoints'));
  writeFileSync(inFolder('loose.jpg'), '');
  // As Keras does, which goes by the ends of names alone.
  const pictures = ['cat/0.jpg', 'dog/.0.jpg', 'dog/0.jpg'];
  assert.deepEqual(await listed(), pictures);
  assert.equal(
    await toldSkipped(),
    'Skipped 2 hidden (.ipynb_checkpoints, dog/.DS_Store); 1 beside the folders of classes (loose.jpg); ' +
      '5 of another format (cat/a.webp, cat/b.WEBP, cat/c.txt, …).',
  );
  const files = await imageFiles(folder, 'int', { webp: true });
  assert.deepEqual(
    files.filePaths.map((file) => path.relative(folder, file)),
    ['cat/0.jpg', 'cat/a.webp', 'cat/b.WEBP', 'dog/.0.jpg', 'dog/0.jpg'],
  );
  assert.match(
    skippedText(files.skipped),
    /3 of another format \(cat\/c\.txt, cat\/label\.json, cat\/red\\u001b\[31m\)/,
  );
});

test('classes, folders and names are in the order of their code points, as Python sorts them', async () => {
  for (const name of ['z', 'ﾈｺ', '🐱', 'é']) {
    mkdirSync(inFolder(name));
    for (const file of ['b.jpg', '🐱.jpg', 'ﾈｺ.jpg']) writeFileSync(inFolder(name, file), '');
    for (const inner of ['🐱', 'ﾈｺ']) {
      mkdirSync(inFolder(name, inner));
      writeFileSync(inFolder(name, inner, '0.jpg'), '');
    }
  }
  const { classNames, filePaths } = await imageFiles(folder, 'int');
  assert.deepEqual(classNames, ['cat', 'dog', 'z', 'é', 'ﾈｺ', '🐱']);
  assert.deepEqual(
    filePaths.slice(-5).map((file) => path.relative(inFolder('🐱'), file)),
    ['b.jpg', 'ﾈｺ.jpg', '🐱.jpg', 'ﾈｺ/0.jpg', '🐱/0.jpg'],
  );
});

test('names are told as they can be printed', async () => {
  mkdirSync(inFolder('red\x1b[31m'));
  await assert.rejects(listed(), (error: Error) => {
    assert.ok(error.message.includes('red\\u001b[31m') && !error.message.includes('\x1b'), error.message);
    return true;
  });
});

test('links to files, and to folders of a class, are followed; other links to folders are not', async () => {
  symlinkSync(inFolder('cat'), inFolder('lynx'));
  symlinkSync(inFolder('cat', '0.jpg'), inFolder('dog', '1.jpg'));
  symlinkSync('..', inFolder('dog', 'up'));
  symlinkSync('..', inFolder('dog', 'up.jpg'));
  mkdirSync(inFolder('dog', 'folder.jpg'));
  writeFileSync(inFolder('dog', 'folder.jpg', '2.png'), '');
  assert.deepEqual(await listed(), ['cat/0.jpg', 'dog/0.jpg', 'dog/1.jpg', 'dog/folder.jpg/2.png', 'lynx/0.jpg']);
  assert.match(
    await toldSkipped(),
    /^Skipped 2 linked folders, which followLinks would follow \(dog\/up, dog\/up\.jpg\)/,
  );
});

test('with followLinks links to folders are followed, but none that leads back', async () => {
  const outside = mkdtempSync(path.join(root, 'outside-'));
  mkdirSync(path.join(outside, 'inner'));
  writeFileSync(path.join(outside, 'inner', '5.png'), '');
  symlinkSync(outside, inFolder('cat', 'more'));
  symlinkSync('..', inFolder('dog', 'up'));
  symlinkSync(inFolder('dog'), path.join(outside, 'dogs'));
  symlinkSync(path.join(outside, 'inner'), inFolder('dog', 'inner'));
  symlinkSync(inFolder('cat'), path.join(outside, 'cats'));
  const { filePaths, skipped } = await imageFiles(folder, 'int', { followLinks: true });
  assert.deepEqual(
    filePaths.map((file) => path.relative(folder, file)),
    [
      ...['cat/0.jpg', 'cat/more/dogs/0.jpg', 'cat/more/dogs/inner/5.png', 'cat/more/inner/5.png'],
      ...['dog/0.jpg', 'dog/inner/5.png'],
    ],
  );
  assert.equal(skippedText(skipped), 'Skipped 3 links in a circle (cat/more/cats, cat/more/dogs/up, dog/up).');
  assert.deepEqual(await listed(), ['cat/0.jpg', 'dog/0.jpg']);
});

test('classNames are the folders to take, in the order of their labels', async () => {
  mkdirSync(inFolder('emu'));
  writeFileSync(inFolder('emu', '1.jpg'), '');
  const { classNames, labels, filePaths } = await imageFiles(folder, 'int', { classNames: ['emu', 'cat'] });
  assert.deepEqual(
    [classNames, labels],
    [
      ['emu', 'cat'],
      [0, 1],
    ],
  );
  assert.deepEqual(filePaths, [inFolder('emu', '1.jpg'), inFolder('cat', '0.jpg')]);
  assert.deepEqual((await imageFiles(folder, 'int', { classNames: ['dog'] })).filePaths, [inFolder('dog', '0.jpg')]);
  for (const wrong of [['cat', 'bird'], ['cat', 'cat'], ['']]) {
    await assert.rejects(
      imageFiles(folder, 'int', { classNames: wrong }),
      (error: Error) =>
        error.message.includes('Expected classNames to be names of folders, each once, in') &&
        error.message.includes(`: cat, dog, emu. Received: ${JSON.stringify(wrong)}`),
    );
  }
  await assert.rejects(imageFiles(folder, 'binary', { classNames: ['cat'] }), /exactly 2 class folders/);
});

test('labels that are given belong to the pictures at any depth, in alphanumeric order', async () => {
  writeFileSync(inFolder('0.jpg'), '');
  const { classNames, labels, filePaths } = await imageFiles(folder, 'int', { labels: [12, 3, 12] });
  assert.deepEqual(
    [classNames, labels],
    [
      ['3', '12'],
      [12, 3, 12],
    ],
  );
  assert.deepEqual(filePaths, [inFolder('0.jpg'), inFolder('cat', '0.jpg'), inFolder('dog', '0.jpg')]);
  await assert.rejects(
    imageFiles(folder, 'int', { labels: [0, 1] }),
    /a label for each picture.*: 3 in .*Received: 2\./,
  );
  for (const mode of ['binary', 'categorical'] as const) {
    await imageFiles(folder, mode, { labels: [1, 0, 1] });
    await assert.rejects(imageFiles(folder, mode, { labels: [1, 2, 1] }), /Expected labels .*Received: 1, 2\./);
  }
  await assert.rejects(imageFiles(folder, 'binary', { labels: [0, 1, 2] }), /labels 0 and 1 .*Received: 0, 1, 2\./);
  assert.deepEqual((await imageFiles(folder, 'int', { labels: null })).labels, []);
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
