import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeWhole } from '../../src/utils/write_whole';
import { temporaryHome } from '../support/temporary_home';

test('writeWhole() writes beside, then replaces what was there; where it fails, that stays and nothing else', async () => {
  const { home } = temporaryHome();
  const path = join(home, 'file');
  writeFileSync(path, 'old');
  const broken = async (beside: string) => {
    await writeFile(beside, 'ne');
    assert.deepEqual(readdirSync(home), ['file', 'file.partial']);
    throw new Error('the power has failed');
  };
  await assert.rejects(writeWhole(path, broken), /the power has failed/);
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.deepEqual(readdirSync(home), ['file']);
  await writeWhole(path, (beside) => writeFile(beside, 'new'), join(home, 'elsewhere'));
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.deepEqual(readdirSync(home), ['file']);
  mkdirSync(join(home, 'folder'));
  await assert.rejects(
    writeWhole(join(home, 'folder'), (beside) => writeFile(beside, 'new')),
    /EISDIR/,
  );
  assert.deepEqual(readdirSync(home), ['file', 'folder']);
});
