import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { type PhotographSources, prepareCatsVsDogs } from '../../src/datasets/cats_vs_dogs';
import { CLASSES } from '../../src/datasets/picture_sets';
import * as tf from '../../src/tf';
import { type Behaviour, serveFile } from '../support/file_server';
import { temporaryHome, withoutAssets } from '../support/temporary_home';
import { zipOf } from '../support/zip_of';

const environment = { ...process.env };

// A stand-in for Microsoft's archive: 12 files a class, the cats' 1, 2, 3 and 4 of no use, something large in between.
const counts = { train: 3, validation: 2, test: 1 };
const usable = { cat: [0, 5, 6, 7, 8, 9], dog: [0, 1, 2, 3, 4, 5] };
const pictures = new Map<string, Uint8Array>();
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const servers: { close: () => Promise<void> }[] = [];
let archive: Buffer;
let small: Buffer;

async function jpeg(seed: number): Promise<Uint8Array> {
  const pixels = tf.tidy(() => tf.randomUniform<tf.Rank.R3>([48, 48, 3], 0, 255, 'int32', seed));
  const bytes = await tf.node.encodeJpeg(pixels, 'rgb', 95);
  pixels.dispose();
  return bytes;
}

before(async () => {
  const files: [string, Uint8Array][] = [['readme[1].txt', Buffer.from('about')]];
  for (const [offset, kind] of ['Cat', 'Dog'].entries()) {
    // As archives are often ordered: 0, 1, 10, 11, 2, …
    for (const number of Array.from({ length: 12 }, (_, i) => String(i)).sort()) {
      pictures.set(`${kind}/${number}`, await jpeg(100 * offset + Number(number)));
      files.push([`PetImages/${kind}/${number}.jpg`, pictures.get(`${kind}/${number}`)!]);
      files.push([`PetImages/${kind}/large-${number}`, randomBytes(number === '11' ? 200_000 : 10)]);
    }
    files.push([`PetImages/${kind}/Thumbs.db`, randomBytes(200_000)]);
  }
  const replace = (name: string, bytes: Uint8Array) => {
    files.find(([file]) => file === `PetImages/Cat/${name}.jpg`)![1] = bytes;
  };
  replace('1', new Uint8Array());
  replace('2', Buffer.from('This is a text.'));
  replace('3', await tf.node.encodePng(tf.zeros([8, 8, 3], 'int32')));
  replace('4', pictures.get('Cat/4')!.subarray(0, 900)); // Begins as a JPEG does, but ends too early.
  archive = await zipOf(files);
  small = await zipOf(
    CLASSES.flatMap((kind) =>
      ['train', 'train', 'train', 'validation', 'validation', 'test'].map(
        (set, i) => [`cats_vs_dogs_small/${set}/${kind}/${kind}.${i}.jpg`, original(kind, i)] as const,
      ),
    ),
  );
});

afterEach(() => {
  process.env = { ...environment };
});
after(() => Promise.all(servers.map((server) => server.close())));

function original(kind: 'cat' | 'dog', index: number): Uint8Array {
  return pictures.get(`${kind === 'cat' ? 'Cat' : 'Dog'}/${usable[kind][index]}`)!;
}

async function setUp(behaviour: Behaviour = {}) {
  const folders = temporaryHome();
  const server = await serveFile(archive, behaviour);
  servers.push(server);
  const sources: PhotographSources = {
    counts,
    small: { fileName: 'small.zip', hash: sha256(small) },
    archive: { fileName: 'large.zip', hash: sha256(archive), url: server.url },
    http: { connectSeconds: 2, stallSeconds: 1, retrySeconds: 0.01 },
    blockSize: 4096,
  };
  return { ...folders, server, sources };
}

function assertPhotographs(home: string) {
  const expected = { train: [0, 1, 2], validation: [3, 4], test: [5] };
  for (const [set, indices] of Object.entries(expected)) {
    for (const kind of CLASSES) {
      const folder = join(home, 'cats_vs_dogs_small', set, kind);
      assert.deepEqual(
        readdirSync(folder).sort(),
        indices.map((index) => `${kind}.${index}.jpg`),
      );
      for (const index of indices) {
        assert.deepEqual(
          new Uint8Array(readFileSync(join(folder, `${kind}.${index}.jpg`))),
          new Uint8Array(original(kind, index)),
        );
      }
    }
  }
}

test('only the pictures needed are taken out of the archive on the server, the unusable ones passed over', async () => {
  const { home, server, sources } = await setUp();
  const { train, validation, test: testing, source, notice } = await prepareCatsVsDogs(sources);
  assert.deepEqual([source, notice], ['photographs', undefined]);
  assert.deepEqual(
    [train, validation, testing],
    ['train', 'validation', 'test'].map((set) => join(home, 'cats_vs_dogs_small', set)),
  );
  assertPhotographs(home);
  assert.deepEqual(readdirSync(home), ['cats_vs_dogs_small']);
  const bytes = server.ranges.map((range) => {
    const [first, last] = range.replace('bytes=', '').split('-').map(Number) as [number, number];
    return last - first + 1;
  });
  const asked = bytes.reduce((sum, size) => sum + size);
  assert.ok(asked < archive.length / 4, `${asked} of ${archive.length} bytes were asked for`);
  const requests = server.ranges.length;
  await prepareCatsVsDogs(sources);
  assert.equal(server.ranges.length, requests);
});

test('where the server ignores ranges the whole archive is downloaded, and removed afterwards', async () => {
  const { home, sources } = await setUp({ ignoreRanges: true });
  assert.equal((await prepareCatsVsDogs(sources)).source, 'photographs');
  assertPhotographs(home);
  assert.deepEqual(readdirSync(home), ['cats_vs_dogs_small']);
});

test('what a run that was killed just then left whole takes its place, and no server is asked', async () => {
  const { home, server, sources } = await setUp();
  await prepareCatsVsDogs(sources);
  renameSync(join(home, 'cats_vs_dogs_small'), join(home, 'cats_vs_dogs_small.partial'));
  server.ranges.length = 0;
  await prepareCatsVsDogs(sources);
  assertPhotographs(home);
  assert.deepEqual([server.ranges, readdirSync(home)], [[], ['cats_vs_dogs_small']]);
});

/** Whether a range that was asked for holds the middle of a picture. */
function covers(range: string, picture: Uint8Array): boolean {
  const middle = archive.indexOf(picture) + picture.length / 2;
  const [first, last] = range.replace('bytes=', '').split('-').map(Number) as [number, number];
  return first <= middle && middle <= last;
}

test('an interrupted run goes on picture by picture', async () => {
  const { home, server, sources } = await setUp();
  const [kept, broken] = [original('cat', 4), original('dog', 2)];
  server.behaviour = { cutAfter: () => (covers(server.ranges.at(-1)!, broken) ? 0 : undefined) };
  process.env.THAW_REQUIRE_PHOTOGRAPHS = '1';
  await assert.rejects(prepareCatsVsDogs(sources));
  assert.equal(readdirSync(join(home, 'cats_vs_dogs_small.download', 'cat')).length, 6);
  assert.ok(!existsSync(join(home, 'cats_vs_dogs_small')));
  assert.ok(server.ranges.some((range) => covers(range, kept)));
  server.ranges.length = 0;
  server.behaviour = {};
  await prepareCatsVsDogs(sources);
  assertPhotographs(home);
  assert.ok(!server.ranges.some((range) => covers(range, kept)), `${server.ranges}`);
  assert.ok(server.ranges.some((range) => covers(range, broken)));
});

test('the archives in the folder of assets come first, when their bytes are right', async () => {
  const first = await setUp();
  writeFileSync(join(first.assets, 'small.zip'), small);
  await prepareCatsVsDogs(first.sources);
  assertPhotographs(first.home);
  assert.deepEqual(first.server.ranges, []);

  const second = await setUp();
  writeFileSync(join(second.assets, 'small.zip'), small.subarray(1));
  writeFileSync(join(second.assets, 'large.zip'), archive);
  await prepareCatsVsDogs(second.sources);
  assertPhotographs(second.home);
  assert.deepEqual(second.server.ranges, []);
  assert.ok(existsSync(join(second.assets, 'large.zip')));
});

test('a cache that lost a picture, or part of one, is made whole', async () => {
  const { home, sources } = await setUp();
  await prepareCatsVsDogs(sources);
  rmSync(join(home, 'cats_vs_dogs_small/train/cat/cat.1.jpg'));
  await prepareCatsVsDogs(sources);
  assertPhotographs(home);
  writeFileSync(join(home, 'cats_vs_dogs_small/test/dog/dog.5.jpg'), 'half');
  await prepareCatsVsDogs(sources);
  assertPhotographs(home);
});

test('a cache that cannot be read is an error, and stays as it is', async () => {
  const { home, server, sources } = await setUp();
  await prepareCatsVsDogs(sources);
  server.ranges.length = 0;
  for (const name of ['complete.json', 'train/cat', 'test/dog/dog.5.jpg']) {
    const path = join(home, 'cats_vs_dogs_small', name);
    renameSync(path, `${path}.kept`);
    symlinkSync(path, path);
    await assert.rejects(prepareCatsVsDogs(sources), new RegExp(`ELOOP.*${name}`));
    rmSync(path);
    renameSync(`${path}.kept`, path);
  }
  assert.deepEqual(server.ranges, []);
  assertPhotographs(home);
});

test('where no source answers there are drawings, which say so each time, until a source answers', async () => {
  const { home, server, sources } = await setUp({ status: 404 });
  for (const _ of [1, 2]) {
    const { train, source, notice } = await prepareCatsVsDogs(sources);
    assert.equal(source, 'drawings');
    assert.equal(train, join(home, 'cats_and_dogs_drawings', 'train'));
    assert.equal(readdirSync(join(train, 'cat')).length, 3);
    assert.match(notice!, /DRAWINGS, NOT PHOTOGRAPHS/);
    assert.ok(notice!.includes(server.url) && notice!.includes('404') && notice!.includes('THAW_ASSETS'));
  }
  server.behaviour = {};
  assert.equal((await prepareCatsVsDogs(sources)).source, 'photographs');
  assertPhotographs(home);
});

test('where there is no folder of assets, the notice says so and names none', async (t) => {
  const { sources } = await setUp({ status: 404 });
  withoutAssets(t);
  const { notice } = await prepareCatsVsDogs(sources);
  assert.doesNotMatch(notice!, /undefined/);
  assert.match(notice!, /^ {2}- folder of assets: there is none; THAW_ASSETS names it$/m);
});

test('THAW_REQUIRE_PHOTOGRAPHS=1 makes drawings an error that lists the sources', async () => {
  const { home, server, assets, sources } = await setUp({ status: 404 });
  process.env.THAW_REQUIRE_PHOTOGRAPHS = '1';
  await assert.rejects(prepareCatsVsDogs(sources), ({ message }: Error) => {
    for (const part of [home, assets, 'no small.zip there', 'no large.zip there', server.url, '404']) {
      assert.ok(message.includes(part), `${part} in ${message}`);
    }
    return true;
  });
  assert.ok(!existsSync(join(home, 'cats_and_dogs_drawings')));
});

test('wrong bytes and too few usable pictures are refused', async () => {
  const few = await setUp();
  process.env.THAW_REQUIRE_PHOTOGRAPHS = '1';
  await assert.rejects(
    prepareCatsVsDogs({ ...few.sources, counts: { train: 7, validation: 1, test: 1 } }),
    /Expected 9 usable pictures in PetImages, class cat\. Received: 8/,
  );
  const wrong = await setUp();
  process.env.THAW_REQUIRE_PHOTOGRAPHS = '1';
  wrong.server.content = Buffer.from(archive);
  const at = archive.indexOf(original('dog', 2));
  wrong.server.content[at + 50]! ^= 1;
  await assert.rejects(prepareCatsVsDogs(wrong.sources), /PetImages\/Dog\/2\.jpg: wrong bytes/);
  assert.deepEqual(readdirSync(wrong.home), ['cats_vs_dogs_small.download']);
});

test('no tensor is left behind', async () => {
  const { sources } = await setUp();
  const tensors = tf.memory().numTensors;
  assert.equal((await prepareCatsVsDogs(sources)).source, 'photographs');
  assert.equal(tf.memory().numTensors, tensors);
});
