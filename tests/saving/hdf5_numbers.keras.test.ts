import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadWeights } from '../../src/saving/load_weights';
import { ModelFileError } from '../../src/saving/model_file_error';
import * as tf from '../../src/tf';
import { runKeras } from '../support/keras';

const folder = mkdtempSync(join(tmpdir(), 'thaw-numbers-'));
after(() => rmSync(folder, { recursive: true }));

test('numbers of every type that HDF5 has are read as h5py reads them, or refused', async () => {
  runKeras(join(__dirname, 'hdf5_numbers.py'), folder);
  // By file: null where it is to be refused.
  const expected: Record<string, number[] | null> = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const layers = [
    tf.layers.dense({ units: 4, inputShape: [3], name: 'first' }),
    tf.layers.dense({ units: 2, name: 'second' }),
  ];
  const model = tf.sequential({ layers });
  const tensors = tf.memory().numTensors;
  const read: typeof expected = {};
  for (const name of Object.keys(expected)) {
    try {
      await loadWeights(model, join(folder, name));
      read[name] = [...model.getWeights()[0]!.dataSync()];
    } catch (error) {
      assert.ok(error instanceof ModelFileError, String(error));
      read[name] = null;
    }
  }
  assert.deepEqual(read, expected);
  assert.ok(Object.values(expected).filter((values) => values === null).length >= 25);
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});
