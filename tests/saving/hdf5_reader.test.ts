import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadline, secondsFor } from '../../src/saving/hdf5/deadline';

/** When the deadline of a small file passes, on a clock of the test's, where a share of the time is worked. */
function passesAt(share: number): number {
  const deadline = new Deadline(secondsFor(0));
  for (let tenths = 1; tenths < 1e4; tenths++) {
    if (deadline.isOver((share * tenths) / 10, 0.1)) return tenths / 10;
  }
  return Number.POSITIVE_INFINITY;
}

test('HDF5 is given up when it has worked for 2 s without an end', () => {
  assert.equal(passesAt(1), 2);
});

test('on a busy machine, where it has a tenth of a processor, it has ten times as long', () => {
  const seconds = passesAt(0.1);
  assert.ok(seconds > 18 && seconds <= 21, String(seconds));
});

test('where it does not work at all, as on a disk that does not answer, it has 40 s', () => {
  const seconds = passesAt(1e-9);
  assert.ok(seconds >= 40 && seconds <= 43, String(seconds));
});

test('the time in which it waits to be read does not count', () => {
  const deadline = new Deadline(secondsFor(0));
  assert.ok(Array.from({ length: 1000 }, () => deadline.isOver(1, 0)).every((over) => !over));
});
