import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

/** Prints how far a group of values is from Python Keras's at worst, and fails where that is beyond `limit`. */
export function reportWorst(
  t: TestContext,
  group: string,
  worst: number,
  limit: number,
  unit = 'relative error',
): void {
  t.diagnostic(`parity: ${group}: ${worst.toPrecision(3)} at worst, limit ${limit} (${unit})`);
  assert.ok(worst <= limit, `${group}: ${worst} is beyond ${limit} (${unit})`);
}

/** The greatest difference between two arrays of one length, as a share of the greatest of `expected`. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let [difference, scale] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    difference = Math.max(difference, Math.abs(actual[index]! - expected[index]!));
    scale = Math.max(scale, Math.abs(expected[index]!));
  }
  return difference / scale;
}
