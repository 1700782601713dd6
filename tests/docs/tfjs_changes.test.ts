import assert from 'node:assert/strict';
import { test } from 'node:test';

test('README and docs/tfjs_changes.md list what src/tfjs changes; `npm run docs` writes the list anew', async () => {
  const { staleLists } = await import('../../scripts/docs/changes_list.mjs');
  assert.deepEqual(staleLists(), []);
});
