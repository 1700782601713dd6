import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { python } from '../support/python';
import { root } from '../support/root';
import { type Cell, code, displayed, printed, writeNotebooks } from './write_notebook';

const html = "import { display } from 'tslab'; display.html('<b>1</b>')";
const plotly = `
  const bundle = { data: { 'application/vnd.plotly.v1+json': { data: [{ y: [1, 2] }], layout: {} } }, metadata: {} };
  require('tslab/dist/jupyter').lastWriteDisplayData({ ...bundle, transient: {} }, false)`;
const figure = (y: number[]) => displayed({ 'application/vnd.plotly.v1+json': { data: [{ y }], layout: {} } });
const log = (text: string) => `console.log('${text}')`;

const good: Record<string, Cell> = {
  text_right: code(log('features (2000, 5, 5, 512)'), [printed('features (2000, 5, 5, 512)\n')]),
  html_right: code(html, [displayed({ 'text/html': '<b>1</b>' })]),
  plotly_right: code(plotly, [figure([1, 2])]),
  other_times: code(log('epoch 3: 12.5 s, 350 ms a step'), [printed('epoch 3: 9 s, 401.2 ms a step\n')]),
  other_digits: code(log('val_loss: 0.0912, test accuracy: 0.9705'), [
    printed('val_loss: 0.1034, test accuracy: 0.9712\n'),
  ]),
  progress: code("console.error('Reading the weights: 6.0 MB of 58.9 MB (10 %)')", []),
  ignored: code(log('of today'), [printed('of yesterday\n')], ['nbval-ignore-output']),
};
const bad: Record<string, Cell> = {
  text_wrong: code(log('features (2000, 5, 5, 512)'), [printed('features (2000, 4, 4, 512)\n')]),
  check_wrong: code(log('test accuracy ≥ 0.96 ✗'), [printed('test accuracy ≥ 0.96 ✓\n')]),
  html_wrong: code(html, [displayed({ 'text/html': '<b>2</b>' })]),
  plotly_wrong: code(plotly, [figure([1, 3])]),
  output_missing: code('const a = 1;', [printed('1\n')]),
  output_unkept: code(log('1'), []),
  stderr_unkept: code("console.error('a warning')", []),
  stderr_beside_progress: code("console.error('Waiting for another process\\na warning')", []),
};

test('nbval compares text, HTML and Plotly JSON with what the notebook keeps, times and digits of losses aside', () => {
  const expected = Object.fromEntries([
    ...Object.keys(good).map((name) => [name, 'PASSED']),
    ...Object.keys(bad).map((name) => [name, 'FAILED']),
  ]);
  const cells = { ...good, ...bad };
  const { folder, remove } = writeNotebooks({ all: Object.values(cells) });
  try {
    const args = ['-m', 'pytest', '-c', 'tests/notebooks/pytest.ini', '--rootdir=.', '-rA', '--tb=no', folder];
    const { stdout } = spawnSync(python, args, { cwd: root, encoding: 'utf8' });
    const outcome = (index: number) => stdout.match(new RegExp(`^(PASSED|FAILED) .*::Cell ${index}\\b`, 'm'))?.[1];
    const outcomes = Object.keys(cells).map((name, index) => [name, outcome(index)]);
    assert.deepEqual(Object.fromEntries(outcomes), expected, stdout);
  } finally {
    remove();
  }
});
