import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadline } from '../../src/saving/hdf5/hdf5_reader';

/** When the deadline of a small file passes, on a clock of the test's, where a share of the time is worked. */
async function passesAt(t: import('node:test').TestContext, share: number | undefined): Promise<number> {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { passed, begin } = deadline(0, () => share && (share * Date.now()) / 1000);
  begin();
  let at = 0;
  passed.catch(() => {
    at ||= Date.now();
  });
  for (let ms = 0; at === 0 && ms < 1e6; ms += 100) {
    t.mock.timers.tick(100);
    await Promise.resolve();
    await Promise.resolve();
  }
  await assert.rejects(passed, /^Error: HDF5 found no end in 2 s$/);
  return at / 1000;
}

test('HDF5 is given up when it has worked for 2 s without an end', async (t) => {
  assert.equal(await passesAt(t, 1), 2);
});

test('on a busy machine, where it has a tenth of a processor, it has ten times as long', async (t) => {
  const seconds = await passesAt(t, 0.1);
  assert.ok(seconds > 18 && seconds <= 21, String(seconds));
});

test('where nobody tells how long it has worked, the clock decides', async (t) => {
  assert.equal(await passesAt(t, undefined), 2);
});

test('where it does not work at all, as on a disk that does not answer, it has 40 s', async (t) => {
  const seconds = await passesAt(t, 1e-9);
  assert.ok(seconds >= 40 && seconds <= 43, String(seconds));
});
