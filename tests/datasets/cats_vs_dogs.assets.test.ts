import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { catsVsDogs } from '../../src/datasets/cats_vs_dogs';
import { loadCatsVsDogs } from '../../src/datasets/load_cats_vs_dogs';
import { CLASSES } from '../../src/datasets/picture_sets';

test("the chapter's sets hold 1000, 500 and 1000 pictures of each class, numbered through", async () => {
  const folders = await catsVsDogs();
  let first = 0;
  for (const [set, count] of [
    ['train', 1000],
    ['validation', 500],
    ['test', 1000],
  ] as const) {
    for (const kind of CLASSES) {
      const expected = Array.from({ length: count }, (_, index) => `${kind}.${first + index}.jpg`);
      assert.deepEqual(readdirSync(join(folders[set], kind)).sort(), expected.sort());
    }
    first += count;
  }
});

test('loadCatsVsDogs gives the three sets as datasets, the training set alone shuffled', async () => {
  const sets = Object.values(await loadCatsVsDogs({ imageSize: [20, 30], batchSize: 8, seed: 1 }));
  assert.deepEqual(
    sets.map(({ filePaths, size, shuffled, imageSize }) => [filePaths.length, size, shuffled, imageSize]),
    [
      [2000, 250, true, [20, 30]],
      [1000, 125, false, [20, 30]],
      [2000, 250, false, [20, 30]],
    ],
  );
  for (const set of sets) {
    const labels = set.labels();
    assert.deepEqual([labels.dtype, labels.shape], ['float32', [set.filePaths.length, 1]]);
    assert.equal(labels.sum().dataSync()[0], set.filePaths.length / 2);
    labels.dispose();
  }
  const { train } = await loadCatsVsDogs({ shuffle: false, labelMode: 'categorical' });
  assert.equal(train.shuffled, false);
  assert.deepEqual(train.labels().shape, [2000, 2]);
  await assert.rejects(loadCatsVsDogs({ subset: 'training' } as object), /loadCatsVsDogs.*subset/);
});
