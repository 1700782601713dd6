import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { formatBar, progbar } from '../../src/utils/progbar';

// The module through which tslab's kernel hands outputs on; here they are kept.
const jupyter: { lastWriteDisplayData: unknown } = require('tslab/dist/jupyter');
const log = mock.method(console, 'log', () => {});
before(() => log.mock.resetCalls());
after(() => {
  jupyter.lastWriteDisplayData = null;
});

test('formatBar() shows steps done, time taken and time left', () => {
  assert.equal(formatBar(5, 20, 30), '━━━━━─────────────── 5/20 - 30s, 1m 30s left');
  assert.equal(formatBar(5, 0, 75), '──────────────────── 5/? - 1m 15s', 'a target that is not known');
});

test('progbar() prints one line at the end outside a notebook', () => {
  const bar = progbar({ target: 3 });
  for (const step of [1, 2, 3]) bar.update(step);
  assert.deepEqual(
    log.mock.calls.map(({ arguments: [text] }) => text),
    ['3/3 in 0s'],
  );
});

test('progbar() updates one display in a notebook', () => {
  const displays: { text: unknown; update: boolean }[] = [];
  jupyter.lastWriteDisplayData = (message: { data: Record<string, unknown> }, update = false) =>
    displays.push({ text: message.data['text/plain'], update });
  const bar = progbar({ target: 2 });
  bar.update(1);
  bar.update(2);
  assert.deepEqual(displays, [
    { text: '━━━━━━━━━━────────── 1/2 - 0s, 0s left', update: false },
    { text: '2/2 in 0s', update: true },
  ]);
});
