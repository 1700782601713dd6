import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test, { after, before } from 'node:test';
import { DataFrame } from 'danfojs-node';
import { historyFigure } from '../../src/plots/history';
import { show } from '../../src/plots/show';
import * as tf from '../../src/tf';
import { inNotebook, liveDisplay } from '../../src/utils/notebook';
import { typescript } from '../support/root';

interface Message {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
  update: boolean;
}

// The module through which tslab's kernel hands outputs on; here they are kept.
const jupyter: { lastWriteDisplayData: unknown } = require('tslab/dist/jupyter');
let messages: Message[] = [];
const FIGURE = historyFigure({ acc: [0.5, 1], val_acc: [0.5, 0.75] }, { metric: 'acc' });

before(() => {
  jupyter.lastWriteDisplayData = (message: Omit<Message, 'update'>, update = false) =>
    messages.push({ ...message, update });
});
after(() => {
  jupyter.lastWriteDisplayData = null;
});

test('show() sends a figure as one bundle: Plotly, a PNG with its size, and the title', async () => {
  messages = [];
  const tensors = tf.memory().numTensors;
  assert.equal(inNotebook(), true);
  await show(FIGURE);
  assert.equal(messages.length, 1);
  const { data, metadata } = messages[0]!;
  assert.deepEqual(data['application/vnd.plotly.v1+json'], FIGURE);
  assert.equal(data['text/plain'], 'Training and validation accuracy');
  const png = Buffer.from(String(data['image/png']), 'base64');
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  assert.deepEqual(metadata['image/png'], { width: png.readUInt32BE(16) / 2, height: png.readUInt32BE(20) / 2 });
  assert.equal(tf.memory().numTensors, tensors);
});

test('show() sends a figure that resvg cannot draw without a PNG, and the process lives on', async (context) => {
  messages = [];
  const warn = context.mock.method(console, 'warn', () => {});
  const marker = { opacity: 0.5, size: [10, 400] };
  const data = [{ type: 'scatter', mode: 'markers', x: [1, -1000], y: [1, -1000], marker }];
  await show({ data, layout: { xaxis: { range: [0, 3] }, yaxis: { range: [0, 3] } } });
  assert.deepEqual(Object.keys(messages[0]!.data), ['application/vnd.plotly.v1+json', 'text/plain']);
  assert.match(String(warn.mock.calls[0]?.arguments[0]), /no static picture: resvg could not draw/);
});

test('show() sends a DataFrame as an HTML table and its text', async () => {
  messages = [];
  await show(new DataFrame({ stage: ['features'], accuracy: [0.97] }));
  const { data } = messages[0]!;
  assert.match(String(data['text/html']), /<td[^>]*>0.9700<\/td>/);
  assert.equal(data['text/plain'], '   stage     accuracy\n0  features    0.9700');
});

test('liveDisplay() shows once and then overwrites the same display', () => {
  messages = [];
  const [first, second] = [liveDisplay(), liveDisplay()];
  first.update({ 'text/plain': 'a', 'text/html': '<b>a</b>' });
  first.update({ 'text/plain': 'b' });
  second.update({ 'text/plain': 'c' });
  assert.deepEqual(
    messages.map(({ update }) => update),
    [false, true, false],
  );
  assert.deepEqual(messages[0]!.data, { 'text/plain': 'a', 'text/html': '<b>a</b>' });
  const ids = messages.map(({ transient }) => transient.display_id);
  assert.ok(ids[0] && ids[0] === ids[1] && ids[0] !== ids[2]);
});

test('outside a notebook show() prints the text alone, and liveDisplay() says what it needs', () => {
  const program = `
    const { show } = require('./src/plots/show');
    const { inNotebook, liveDisplay } = require('./src/utils/notebook');
    show({ data: [], layout: { title: { text: 'A<br>title' } } });
    show({ columns: ['a'], index: [0], values: [[1]] });
    try { liveDisplay(); } catch (error) { console.log(inNotebook(), error.message); }`;
  const output = execFileSync(process.execPath, [...typescript, '--eval', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.match(output, /^A title\n {3}a\n0 {2}1\nfalse liveDisplay needs a notebook/);
});
