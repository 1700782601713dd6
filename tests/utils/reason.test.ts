import assert from 'node:assert/strict';
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
      'ECONNREFUSED',
    ],
    [new TypeError('x is not a function'), 'x is not a function'],
    [new RangeError(), 'RangeError'],
    ['a text', 'a text'],
  ] as const) {
    assert.equal(reason(error), expected);
  }
});
