import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { reason } from '../../src/utils/reason';

test('reason() says in one line what went wrong', () => {
  const hdf5 = `HDF5-DIAG: Error detected in HDF5:
  #000: H5F.c line 496 in H5Fopen(): unable to open file
  #001: H5FD.c line 1 in H5FD_open(): truncated file: eof = 10`;
  for (const [error, expected] of [
    [new Error('EACCES: permission denied\nat once'), 'EACCES: permission denied'],
    [new Error(hdf5), 'truncated file: eof = 10'],
    [new Error(`${hdf5}, error message = 'No such file or directory'`), 'No such file or directory'],
    [new Error('the outer', { cause: new Error('the inner') }), 'the outer'],
    [new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND a.b') }), 'getaddrinfo ENOTFOUND a.b'],
    [
      new TypeError('fetch failed', { cause: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) }),
      'ECONNREFUSED: nothing answers at that address',
    ],
    [Object.assign(new Error('pip: No space left'), { code: 'ENOSPC' }), 'pip: No space left'],
    [new TypeError('x is not a function'), 'x is not a function'],
    [new RangeError(), 'RangeError'],
    ['a text', 'a text'],
  ] as const) {
    assert.equal(reason(error), expected);
  }
});

/** The error that the system gives, whatever it is asked. */
const errorOf = (ask: () => unknown) =>
  new Promise((resolve) => {
    Promise.resolve().then(ask).then(resolve, resolve);
  });

test("reason() says what the system's code means, of which file, and keeps the code", async () => {
  const missing = join(tmpdir(), 'no\nsuch \x1b[31mfile');
  const tries: [ask: () => unknown, expected: string][] = [
    [() => readFileSync(missing), `ENOENT: there is no such file or folder: '${tmpdir()}/no\\nsuch \\u001b[31mfile'`],
    [() => readFileSync(__dirname), 'EISDIR: it is a folder, where a file is needed'],
    [() => readFileSync(join(__filename, 'a')), `ENOTDIR: a file stands where a folder is needed: '${__filename}/a'`],
    [
      () => new Promise((_, fail) => connect(1, '127.0.0.1').on('error', fail)),
      'ECONNREFUSED: nothing answers at that address: 127.0.0.1:1',
    ],
  ];
  for (const [ask, expected] of tries) assert.equal(reason(await errorOf(ask)), expected);
});
