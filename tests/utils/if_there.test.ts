import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasHash } from '../../src/utils/file_hash';
import { ifThere } from '../../src/utils/if_there';
import { temporaryHome } from '../support/temporary_home';

test('ifThere() gives what is there, undefined for what is not, and throws for what cannot be read', async () => {
  const { home } = temporaryHome();
  const [file, none, loop] = ['file', 'none', 'loop'].map((name) => join(home, name)) as [string, string, string];
  writeFileSync(file, 'text');
  symlinkSync(loop, loop);
  assert.equal(await ifThere(readFile(file, 'utf8')), 'text');
  assert.equal(await ifThere(readFile(none, 'utf8')), undefined);
  await assert.rejects(ifThere(readFile(loop, 'utf8')), /ELOOP/);
  assert.equal(await hasHash(none, 'md5:1cb251ec0d568de6a929b520c4aed8d1'), false);
  assert.equal(await hasHash(file, 'md5:1cb251ec0d568de6a929b520c4aed8d1'), true);
  await assert.rejects(hasHash(loop, 'md5:1cb251ec0d568de6a929b520c4aed8d1'), /ELOOP/);
});
