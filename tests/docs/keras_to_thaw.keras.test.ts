import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { kerasCommand } from '../support/keras';
import { root } from '../support/root';
import { type Row, tableRows } from './keras_to_thaw_rows';

const rows = tableRows(readFileSync(path.join(root, 'docs/keras_to_thaw.md'), 'utf8'));
const pictures = mkdtempSync(path.join(tmpdir(), 'thaw-table-'));
after(() => rmSync(pictures, { recursive: true }));

/** The rows of the Python column that Keras refuses. */
function runInKeras(column: Row[]): { line: number; error: string }[] {
  const input = JSON.stringify(column.map(({ line, python }) => ({ line, code: python })));
  const { status, stdout, stderr } = spawnSync(...kerasCommand(path.join(__dirname, 'keras_to_thaw_keras.py')), {
    cwd: pictures,
    input,
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('the Python column runs in Keras, row by row; a wrong name or argument is reported with the line of its row', () => {
  const wrong = (line: number, python: string): Row => ({ line, python, typescript: '' });
  const errors = runInKeras([
    ...rows,
    wrong(-1, 'vgg16.preprocess_inputs(images)'),
    wrong(-2, 'callbacks.ModelCheckpoint("best.keras", best_only=True)'),
  ]);
  const lines = errors.map(({ line }) => line);
  assert.deepEqual(lines, [-1, -2], JSON.stringify(errors, null, 2));
  assert.match(errors[0]!.error, /preprocess_inputs/);
  assert.match(errors[1]!.error, /best_only/);
});
