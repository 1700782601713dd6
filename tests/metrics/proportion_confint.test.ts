import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '../../src';

// What statsmodels 0.14 gives: proportion_confint(count, nobs, method=method)
for (const [count, nobs, method, expected] of [
  [1930, 2000, undefined, [0.9569456449150492, 0.9730543550849508]],
  [1930, 2000, 'wilson', [0.9560127151847282, 0.9722044308437063]],
  [0, 20, 'normal', [0, 0]],
  [0, 20, 'wilson', [0, 0.1611251580528194]],
  [20, 20, 'wilson', [0.8388748419471804, 1]],
  [19, 20, 'normal', [0.8544831705972786, 1]],
  [19, 20, 'wilson', [0.7638688065532577, 0.9911185511992044]],
  [1, 2, 'normal', [0, 1]],
] as const) {
  test(`the 95 % interval of ${count} of ${nobs}, ${method ?? 'by default'}`, () => {
    const interval = metrics.proportionConfint(count, nobs, method && { method });
    for (const [index, end] of interval.entries()) assert.ok(Math.abs(end - expected[index]!) < 1e-12, `${interval}`);
  });
}

test('proportionConfint says what it expects', () => {
  for (const [count, nobs] of [
    [3, 2],
    [-1, 2],
    [0, 0],
    [Number.NaN, 2],
    [1, Number.POSITIVE_INFINITY],
  ] as const) {
    assert.throws(() => metrics.proportionConfint(count, nobs), /Expected 0 ≤ count ≤ nobs, and nobs ≥ 1\. Received: /);
  }
  const other = { method: 'beta' } as unknown as metrics.ProportionConfintArgs;
  assert.throws(() => metrics.proportionConfint(1, 2, other), /'normal' or 'wilson'\. Received: method=beta/);
});
