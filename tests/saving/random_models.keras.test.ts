import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportWorst } from '../support/parity';
import { tryRandomModels } from './random_models';

test('models of any layers, drawn at random, go from Python Keras to Thaw and back', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-random-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { faults, worst, opened, openedByKeras } = await tryRandomModels(folder, 24, 1);
  assert.deepEqual(faults, []);
  assert.ok(opened > 24 && openedByKeras > 24, `${opened} were opened here, ${openedByKeras} by Keras`);
  reportWorst(t, `${opened} files of random models`, worst, 1e-5);
});
