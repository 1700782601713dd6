import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import '../../src/callbacks';
import { loadModel } from '../../src/saving/load_model';
import * as tf from '../../src/tf';
import { imageDatasetFromDirectory } from '../../src/utils/image_dataset';
import { png } from '../support/picture_files';
import { typescript } from '../support/root';

const folder = mkdtempSync(join(tmpdir(), 'thaw-interrupt-'));
after(() => rmSync(folder, { recursive: true }));

function trainInChild(...args: string[]): { child: ChildProcess; output: () => string } {
  const program = join(__dirname, 'train_and_wait.ts');
  const child = spawn(process.execPath, [...typescript, program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout!.on('data', (data) => {
    text += data;
  });
  return { child, output: () => text };
}

test('an interrupt ends fit at the next batch, and the program goes on', async () => {
  const { child, output } = trainInChild();
  await once(child.stdout!, 'data');
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  const { epochs, listeners } = JSON.parse(output().split('\n')[1]!);
  assert.ok(epochs > 1 && epochs < 1e6);
  assert.equal(listeners, 0);
});

test('a kill while a model is saved again and again leaves a whole file', async () => {
  const path = join(folder, 'checkpoint.keras');
  for (let kill = 0; kill < 4; kill++) {
    const { child } = trainInChild(path);
    await once(child.stdout!, 'data');
    await new Promise((resolve) => setTimeout(resolve, 37 * kill));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const model = await loadModel(path);
    assert.equal(model.countParams(), 2000 * 200 + 200);
    model.dispose();
  }
});

test('an interrupt while fitDataset reads validation pictures ends it with the history so far', async () => {
  const files = ['cat/1.png', 'cat/2.png', 'dog/1.png', 'dog/2.png'].map((name) => join(folder, 'pictures', name));
  for (const file of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await png(8, 8, 3));
  }
  const pictures = await imageDatasetFromDirectory(join(folder, 'pictures'), {
    imageSize: [8, 8],
    batchSize: 1,
    labelMode: 'binary',
  });
  let validated = 0;
  const validationData = pictures.map((batch) => {
    if (++validated === 2) process.emit('SIGINT');
    return batch;
  });
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [8, 8, 3] }), tf.layers.dense({ units: 1, activation: 'sigmoid' })],
  });
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
  const { epoch } = await model.fitDataset(pictures, { epochs: 5, verbose: 0, validationData });
  assert.ok(epoch.length <= 1 && validated < 4, `${epoch.length} epochs, ${validated} validated`);
  model.dispose();
});
