import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { catsVsDogs } from '../../src/datasets/cats_vs_dogs';
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
