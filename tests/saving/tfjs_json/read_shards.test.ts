import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FORMATS } from '../../../src/saving/formats';
import { loadModel } from '../../../src/saving/load_model';
import { saveModel } from '../../../src/saving/save_model';
import { readShards } from '../../../src/saving/tfjs_json/read_shards';
import * as tf from '../../../src/tf';
import { readAll, readText, withRegularFile } from '../../../src/utils/regular_file';
import { layer, sequential, temporaryFolder, writeTfjs } from '../written_models';

const folder = temporaryFolder('shards');
const unix = process.platform === 'win32' && 'Windows has no such files';
const topology = sequential([layer('Dense', 'dense', { units: 2, batch_input_shape: [null, 2] })]);
const weights = { 'dense/kernel': [2, 2], 'dense/bias': [2] };
const BYTES = 24;

let count = 0;
/** A `model.json` in a folder of its own, whose weights lie in the files of these names. */
const written = (...paths: string[]) => writeTfjs(join(folder, `${count++}`), topology, { weights, paths });

/** That a model is refused that would load if its weights lay where it says. */
async function assertRefused(path: string, message: RegExp): Promise<void> {
  const { numTensors } = tf.memory();
  await assert.rejects(
    loadModel(path),
    (error: Error) => error.name === 'ModelFileError' && message.test(error.message),
  );
  assert.equal(tf.memory().numTensors, numTensors);
}

/** A file outside that has just what the model asks for. */
const outside = join(folder, 'outside');
mkdirSync(outside);
writeFileSync(join(outside, 'secret.bin'), Buffer.from(new Float32Array(BYTES / 4).fill(42).buffer));

test('weights are read from the folder of a model.json and from those below it, in order', async () => {
  const path = written('w.bin', 'below/more.bin');
  mkdirSync(join(path, '../below'));
  const all = readFileSync(join(path, '../w.bin'));
  writeFileSync(join(path, '../w.bin'), all.subarray(0, 10));
  writeFileSync(join(path, '../below/more.bin'), all.subarray(10));
  const model = await loadModel(path);
  assert.deepEqual([...model.getWeights()[0]!.dataSync()], [1, 1, 1, 1]);
  model.dispose();
  // The folder itself may be a link.
  symlinkSync(join(path, '..'), join(folder, 'linked'));
  (await loadModel(join(folder, 'linked', 'model.json'))).dispose();
});

for (const name of ['../outside/secret.bin', 'x/../../outside/secret.bin', '../0/../outside/secret.bin'])
  test(`no weights are read from outside, where the file is: ${name}`, () =>
    assertRefused(written(name), /its weights lie outside its folder: '/));

test('no weights are read from outside by an absolute path, nor one that would be below', async () => {
  await assertRefused(written(join(outside, 'secret.bin')), /its weights lie outside|ENOENT/);
  const path = written('/w.bin');
  await assertRefused(path, /its weights lie outside its folder: '\/w\.bin'/);
});

test('no weights are read by a link that leads out, of the file or of a folder', { skip: unix }, async () => {
  const path = written('link.bin');
  symlinkSync(join(outside, 'secret.bin'), join(path, '../link.bin'));
  await assertRefused(path, /its weights lie outside its folder: 'link\.bin'/);
  const other = written('d/secret.bin');
  symlinkSync(outside, join(other, '../d'));
  await assertRefused(other, /its weights lie outside its folder: 'd\/secret\.bin'/);
});

test('no file of weights is read twice, however it is called', { skip: unix }, async () => {
  const half = readFileSync(written('w.bin').replace('model.json', 'w.bin')).subarray(0, BYTES / 2);
  for (const [first, second] of [
    ['half.bin', 'half.bin'],
    ['half.bin', './half.bin'],
    ['half.bin', 'below/../half.bin'],
    ['half.bin', 'hard.bin'],
    ['half.bin', 'soft.bin'],
  ] as const) {
    const path = written(first, second);
    const beside = (name: string) => join(path, '..', name);
    mkdirSync(beside('below'));
    writeFileSync(beside('half.bin'), half);
    linkSync(beside('half.bin'), beside('hard.bin'));
    symlinkSync('half.bin', beside('soft.bin'));
    await assertRefused(path, /it names the file of weights '.*' twice/);
  }
});

test('weights are regular files: no folder, pipe or device', { skip: unix }, async () => {
  const pipe = written('pipe.bin', 'w.bin');
  execFileSync('mkfifo', [join(pipe, '../pipe.bin')]);
  await assertRefused(pipe, /it is no file/);
  const below = written('below', 'w.bin');
  mkdirSync(join(below, '../below'));
  await assertRefused(below, /it is no file/);
  await assertRefused(written('', 'w.bin'), /it is no file/);
  const device = written('zero.bin', 'w.bin');
  symlinkSync('/dev/zero', join(device, '../zero.bin'));
  await assertRefused(device, /its weights lie outside its folder/);
  await assert.rejects(readShards('/dev/model.json', ['zero'], BYTES), /it is no file/);
});

test('weights that grow or shrink while they are read are refused', async () => {
  const path = join(folder, 'growing.bin');
  writeFileSync(path, 'twelve bytes');
  const read = (bytes: number) => withRegularFile(path, (file) => readAll(file, new Uint8Array(bytes)));
  await read(12);
  for (const bytes of [0, 11, 13, 1000]) await assert.rejects(read(bytes), /changed while it was read/);
  await withRegularFile(path, async (file, bytes) => {
    truncateSync(path, 5);
    await assert.rejects(readAll(file, new Uint8Array(bytes)), /changed/);
  });
  await assert.rejects(readText(path, 4), /5 bytes\. Expected 4 at most/);
});

test('no more bytes are read than expected, and no less', async () => {
  const path = written('w.bin');
  const bytes = join(path, '../w.bin');
  for (const size of [0, BYTES - 1, BYTES + 1]) {
    truncateSync(bytes, size);
    await assertRefused(path, new RegExp(`its weights take ${BYTES} bytes, and the files beside it have ${size}`));
  }
});

for (const extension of FORMATS.keys())
  test(`a model is a regular file: no folder, pipe or device is opened as ${extension}`, { skip: unix }, async () => {
    const at = (name: string) => join(folder, `${name}${extension}`);
    execFileSync('mkfifo', [at('pipe')]);
    mkdirSync(at('folder'));
    symlinkSync('/dev/zero', at('device'));
    for (const name of ['pipe', 'folder', 'device']) await assertRefused(at(name), /it is no file/);
  });

test('saveModel() reads no pipe in the place of an earlier model.json', { skip: unix }, async () => {
  const path = join(folder, 'saved', 'model.json');
  mkdirSync(join(path, '..'));
  execFileSync('mkfifo', [path]);
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  await assert.rejects(saveModel(model, path), /it is no file/);
  model.dispose();
});

test('saveModel() removes no file that merely resembles those of the model that it replaces', async () => {
  const path = join(folder, 'resembling', 'model.json');
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  await saveModel(model, path);
  const json = JSON.parse(readFileSync(path, 'utf8'));
  const other = '-0123model4567-1of1.bin';
  renameSync(join(path, '..', json.weightsManifest[0].paths[0]), join(path, '..', other));
  json.weightsManifest[0].paths = [other];
  writeFileSync(path, JSON.stringify(json));
  await saveModel(model, path);
  assert.ok(readFileSync(join(path, '..', other)));
  model.dispose();
});
