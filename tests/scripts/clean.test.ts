import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { root } from '../support/root';

const temp = mkdtempSync(path.join(tmpdir(), 'thaw-clean-'));
const home = path.join(temp, 'home');
const cache = path.join(home, '.cache', 'thaw');
const bank = path.join(cache, 'feature_bank');
const picture = path.join(cache, 'pictures', 'cat.jpg');
after(() => rmSync(temp, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(path.dirname(picture), { recursive: true });
  writeFileSync(picture, 'a cat');
});

function clean(env: NodeJS.ProcessEnv = {}, args: string[] = []) {
  return spawnSync(process.execPath, [path.join(root, 'scripts', 'clean.mjs'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home, ...env },
  });
}

function fill(folder: string): void {
  mkdirSync(path.join(folder, 'variant_0'), { recursive: true });
  writeFileSync(path.join(folder, 'variant_0', 'a.bin'), Buffer.alloc(2_000_000));
  writeFileSync(path.join(folder, 'variant_0', 'b.bin'), Buffer.alloc(1_340_000));
  writeFileSync(path.join(folder, 'key.json'), '{}');
}

test('npm run clean deletes the feature bank, says how much that was, and leaves the rest of the cache', () => {
  fill(bank);
  const { status, stdout, stderr } = clean();
  assert.equal(status, 0, stderr);
  assert.equal(stdout, 'Removed the feature bank: 3.3 MB in 3 files (~/.cache/thaw/feature_bank).\n');
  assert.deepEqual(readdirSync(cache), ['pictures']);
  assert.ok(existsSync(picture));
});

test('THAW_HOME moves the feature bank', () => {
  fill(bank);
  const moved = path.join(temp, 'moved');
  mkdirSync(path.join(moved, 'feature_bank'), { recursive: true });
  writeFileSync(path.join(moved, 'feature_bank', 'key.json'), '{}');
  assert.equal(
    clean({ THAW_HOME: moved }).stdout,
    `Removed the feature bank: 2 B in 1 file (${moved}/feature_bank).\n`,
  );
  assert.ok(existsSync(bank));
});

test('where there is no feature bank, npm run clean says so', () => {
  const { status, stdout } = clean();
  assert.equal(status, 0);
  assert.equal(stdout, 'There is no feature bank (~/.cache/thaw/feature_bank).\n');
});

test('links in the feature bank go, what they point to stays', () => {
  fill(bank);
  symlinkSync(path.dirname(picture), path.join(bank, 'folder'));
  symlinkSync(picture, path.join(bank, 'file'));
  const { status, stdout } = clean();
  assert.equal(status, 0);
  assert.match(stdout, /3\.3 MB in 5 files/);
  assert.equal(existsSync(bank), false);
  assert.ok(existsSync(picture));
});

test('a feature bank that is itself a link loses the link only', () => {
  const elsewhere = path.join(temp, 'elsewhere');
  fill(elsewhere);
  symlinkSync(elsewhere, bank);
  const { status, stdout } = clean();
  assert.equal(status, 0);
  assert.match(stdout, /^Removed the link ~\/\.cache\/thaw\/feature_bank\..*left as it is: .*elsewhere\.$/m);
  assert.equal(existsSync(bank), false);
  assert.ok(existsSync(path.join(elsewhere, 'key.json')));
});

test('an unknown option deletes nothing', () => {
  fill(bank);
  const { status, stderr } = clean({}, ['--dry-run']);
  assert.equal(status, 1);
  assert.match(stderr, /Unknown option '--dry-run'[\s\S]*Usage: npm run clean/);
  assert.ok(existsSync(bank));
});
