import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import * as tf from '../../src/tf';
import { imageDatasetFromDirectory } from '../../src/utils/image_dataset';
import { readFloats, runKeras } from '../support/keras';
import { reportWorst } from '../support/parity';
import { bmp, gif, jpeg, lyingJpeg, png } from '../support/picture_files';

const root = mkdtempSync(path.join(tmpdir(), 'thaw-images-'));
after(() => rmSync(root, { recursive: true }));

test('pixels, labels and order equal Python Keras to one level', async (t) => {
  const [various, formats] = [path.join(root, 'various'), path.join(root, 'formats')];
  for (const folder of [various, formats])
    for (const name of ['cat', 'dog']) mkdirSync(path.join(folder, name), { recursive: true });
  const real = path.resolve(
    process.env.THAW_HOME ?? path.join(process.env.HOME!, '.cache/thaw'),
    'cats_vs_dogs_small/test',
  );
  for (const name of existsSync(real) ? ['cat', 'dog'] : []) {
    for (const file of readdirSync(path.join(real, name)).slice(0, 20)) {
      copyFileSync(path.join(real, name, file), path.join(various, name, file));
    }
  }
  mkdirSync(path.join(various, 'dog', 'more'));
  writeFileSync(path.join(various, 'cat', 'grey.JPEG'), await jpeg(90, 120, 1));
  writeFileSync(path.join(various, 'cat', 'big.jpg'), await jpeg(1500, 2000));
  writeFileSync(path.join(various, 'cat', 'notes.txt'), 'no picture, no matter');
  writeFileSync(path.join(various, 'dog', 'more', 'clear.png'), await png(70, 50, 4));
  writeFileSync(path.join(various, 'dog', 'b.bmp'), bmp(33, 47));
  // All of one size, so that they can be compared without being resized.
  writeFileSync(path.join(formats, 'cat', 'colour.jpg'), await jpeg(48, 48));
  writeFileSync(path.join(formats, 'cat', 'grey.jpg'), await jpeg(48, 48, 1));
  writeFileSync(path.join(formats, 'cat', 'progressive.jpg'), await jpeg(48, 48, 3, true));
  writeFileSync(path.join(formats, 'cat', 'lying.jpg'), await lyingJpeg(48, 48));
  writeFileSync(path.join(formats, 'dog', 'opaque.png'), await png(48, 48, 3));
  writeFileSync(path.join(formats, 'dog', 'clear.png'), await png(48, 48, 4));
  writeFileSync(path.join(formats, 'dog', 'b.bmp'), bmp(48, 48));
  writeFileSync(path.join(formats, 'dog', 'moving.gif'), gif(48));

  const groups: { name: string; directory: string; imageSize: [number, number] }[] = [
    { name: 'decoding JPEG, PNG, BMP and GIF', directory: formats, imageSize: [48, 48] },
    { name: 'resizing to 60×80', directory: various, imageSize: [60, 80] },
    { name: 'resizing to 180×180', directory: various, imageSize: [180, 180] },
    { name: 'resizing to 301×233', directory: various, imageSize: [301, 233] },
  ];
  const out = mkdtempSync(path.join(root, 'out-'));
  writeFileSync(path.join(out, 'groups.json'), JSON.stringify(groups));
  runKeras(path.join(__dirname, 'image_dataset_keras.py'), out);

  for (const { name, directory, imageSize } of groups) {
    const dataset = await imageDatasetFromDirectory(directory, { imageSize, batchSize: 8, shuffle: false });
    const { classNames, filePaths } = JSON.parse(readFileSync(path.join(out, `${name}.json`), 'utf8'));
    assert.deepEqual([dataset.classNames, dataset.filePaths], [classNames, filePaths]);
    const expected = readFloats(path.join(out, `${name}.pixels`));
    let at = 0;
    let worst = 0;
    const received: number[] = [];
    for await (const { xs, ys } of dataset) {
      for (const value of xs.dataSync()) worst = Math.max(worst, Math.abs(value - expected[at++]!));
      received.push(...ys.dataSync());
      tf.dispose([xs, ys]);
    }
    assert.equal(at, expected.length);
    assert.deepEqual(received, [...new Int32Array(readFloats(path.join(out, `${name}.labels`)).buffer)]);
    reportWorst(t, name, worst, 1, `levels, ${filePaths.length} pictures`);
  }
});
