import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { makeTemporaryFolder } from '../../src/tfjs/temporary_folder';

const root = mkdtempSync(join(tmpdir(), 'thaw-temporary-'));
after(() => rmSync(root, { recursive: true }));

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(root, 'parent-'));
});

/** The path of a folder that a process has left that ended without removing it. */
function leave(prefix = 'thaw-'): string {
  const helper = JSON.stringify(require.resolve('../../src/tfjs/temporary_folder'));
  const program = `console.log(require(${helper}).makeTemporaryFolder(${JSON.stringify(parent)}, '${prefix}'))`;
  const folder = execFileSync(process.execPath, [...process.execArgv, '--eval', program], { encoding: 'utf8' }).trim();
  assert.ok(existsSync(folder));
  return folder;
}

/** Changes what the one file in a folder says of the process that made it. */
function changeMark(folder: string, change: object): void {
  const mark = join(folder, readdirSync(folder)[0]!);
  writeFileSync(mark, JSON.stringify({ ...JSON.parse(readFileSync(mark, 'utf8')), ...change }));
}

test('a folder is this process’s own, and stays while it runs', () => {
  const first = makeTemporaryFolder(parent, 'thaw-');
  const second = makeTemporaryFolder(parent, 'thaw-');
  assert.match(basename(first), /^thaw-\w{6}$/);
  assert.deepEqual(readdirSync(parent).sort(), [first, second].map((path) => basename(path)).sort());
});

test('what a process has left that is gone is removed, whatever it holds, and no link is followed', () => {
  const left = leave();
  mkdirSync(join(parent, 'mine'));
  writeFileSync(join(parent, 'mine', 'file'), '');
  symlinkSync(join(parent, 'mine'), join(left, 'link'));
  mkdirSync(join(left, 'inner'));
  writeFileSync(join(left, 'inner', 'weights'), '');
  const folder = makeTemporaryFolder(parent, 'thaw-');
  assert.deepEqual(readdirSync(parent).sort(), ['mine', basename(folder)].sort());
  assert.deepEqual(readdirSync(join(parent, 'mine')), ['file']);
});

test('a process that has the number of one that is gone does not keep its folder', () => {
  const left = leave();
  changeMark(left, { pid: process.pid });
  makeTemporaryFolder(parent, 'thaw-');
  // Where the system doesn't tell when a process began, it stays.
  assert.equal(existsSync(left), process.platform !== 'linux');
});

test('what others made stays, whatever its name', () => {
  const left = leave();
  const copy = (name: string) => {
    cpSync(left, join(parent, name), { recursive: true });
    chmodSync(join(parent, name), 0o700);
    return join(parent, name);
  };
  const kept = ['thaw-empty1', 'thaw-mine01', 'thaw-large1', 'thaw-links1'].map((name) => join(parent, name));
  for (const folder of kept) mkdirSync(folder, { mode: 0o700 });
  const mark = readdirSync(left)[0]!;
  writeFileSync(join(kept[1]!, 'file'), 'mine');
  writeFileSync(join(kept[2]!, mark), ' '.repeat(2000));
  symlinkSync(join(left, mark), join(kept[3]!, mark));
  for (const [name, text] of Object.entries({
    'thaw-text01': 'x',
    'thaw-null01': 'null',
    'thaw-other1': '{"pid":1}',
  })) {
    const folder = copy(name);
    writeFileSync(join(folder, mark), text);
    kept.push(folder);
  }
  // Another name, a folder that others could write to, a link to one that is left, and one of another computer.
  kept.push(copy('thaw-longer1'), copy('thaws'), copy('thaw-shared'));
  chmodSync(kept.at(-1)!, 0o777);
  symlinkSync(left, join(parent, 'thaw-linked'));
  kept.push(join(parent, 'thaw-linked'), copy('thaw-remote'));
  changeMark(kept.at(-1)!, { host: 'another' });
  for (const folder of kept.slice(0, -1)) utimesSync(folder, 0, 0);
  const folder = makeTemporaryFolder(parent, 'thaw-');
  const names = [...kept, folder].map((path) => basename(path));
  assert.deepEqual(readdirSync(parent).sort(), names.sort());
});

test('what a process of another computer has left goes after a day', () => {
  const left = leave();
  changeMark(left, { host: 'another' });
  const time = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(left, time, time);
  makeTemporaryFolder(parent, 'thaw-');
  assert.equal(existsSync(left), false);
});

test('that no folder can be made is an error', () => {
  assert.throws(() => makeTemporaryFolder(join(parent, 'none'), 'thaw-'), /ENOENT/);
});
