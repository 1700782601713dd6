import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { FeatureFile } from '../../src/models/feature_bank/feature_files';
import { temporaryHome } from '../support/temporary_home';

test('a file that is short or missing is not there; one that cannot be read is an error, not computed anew', async () => {
  temporaryHome();
  const file = (name: string) => new FeatureFile(name, [2, 3], 4, 'float32');
  const [whole, short, loop] = [file('whole'), file('short'), file('loop')];
  mkdirSync(dirname(whole.path), { recursive: true });
  const checksums = 4 * 4;
  writeFileSync(whole.path, Buffer.alloc(96 + checksums));
  writeFileSync(short.path, Buffer.alloc(95 + checksums));
  symlinkSync(loop.path, loop.path);
  assert.deepEqual([await whole.exists(), await short.exists(), await file('missing').exists()], [true, false, false]);
  await assert.rejects(loop.exists(), /ELOOP.*loop\.f32/);
});
