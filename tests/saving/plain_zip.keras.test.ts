import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readZip } from '../../src/saving/zip';
import { runKeras } from '../support/keras';

const COUNT = 1500;

const folder = mkdtempSync(join(tmpdir(), 'thaw-zips-'));
after(() => rmSync(folder, { recursive: true }));

/** The two members that are read of a zip; null where none are. */
async function read(name: string): Promise<string[] | null> {
  try {
    const file = join(folder, 'member');
    const text = await readZip(join(folder, name), 'config.json', 'model.weights.h5', file);
    return [text, readFileSync(file, 'latin1')];
  } catch (error) {
    assert.ok(error instanceof Error && error.message, name);
    assert.ok(!(error instanceof TypeError || error instanceof RangeError), `${name}: ${error}`);
    return null;
  }
}

test('of zips whole and damaged, what is read is what Python reads', async (t) => {
  runKeras(join(__dirname, 'plain_zip.py'), folder, String(COUNT));
  const python: { good: string[]; read: Record<string, string[] | null> } = JSON.parse(
    readFileSync(join(folder, 'read.json'), 'utf8'),
  );
  const different: string[] = [];
  let taken = 0;
  for (const [name, expected] of Object.entries(python.read)) {
    const received = await read(name);
    if (received) {
      taken++;
      if (JSON.stringify(received) !== JSON.stringify(expected)) different.push(name);
    } else if (python.good.includes(name)) different.push(name);
  }
  assert.deepEqual(different, []);
  const byPython = Object.values(python.read).filter((members) => members).length;
  t.diagnostic(`${COUNT} damaged zips: Python reads ${byPython} of them, Thaw ${taken}, and the same`);
});
