import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import * as tf from '../../src/tf';
import { loadImg } from '../../src/utils/load_img';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-load-img-'));
after(() => fs.rmSync(folder, { recursive: true }));

test('loadImg() reads and resizes one picture', async () => {
  const before = tf.memory().numTensors;
  const grey = tf.fill([6, 4, 3], 100, 'int32') as tf.Tensor3D;
  const file = path.join(folder, 'grey.png');
  fs.writeFileSync(file, await tf.node.encodePng(grey));
  const picture = await loadImg(file, { targetSize: [3, 2] });
  assert.deepEqual(picture.shape, [3, 2, 3]);
  assert.deepEqual(new Set(picture.dataSync()), new Set([100]));
  tf.dispose([grey, picture]);
  assert.equal(tf.memory().numTensors, before);
});

test('loadImg() names the file that it cannot decode', async () => {
  const before = tf.memory().numTensors;
  const file = path.join(folder, 'text.jpg');
  fs.writeFileSync(file, 'no picture');
  await assert.rejects(loadImg(file, { targetSize: [3, 2] }), /that can be decoded. Received: .*text\.jpg/);
  await assert.rejects(loadImg(path.join(folder, 'none.jpg'), { targetSize: [3, 2] }), /none\.jpg/);
  assert.equal(tf.memory().numTensors, before);
});
