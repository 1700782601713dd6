import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test, { after, before } from 'node:test';
import { DataFrame } from 'danfojs-node';
import '../../src/plots/model_summary';
import type { Figure } from '../../src/plots/figure';
import { historyFigure } from '../../src/plots/history';
import { imagesFigure } from '../../src/plots/images';
import { show } from '../../src/plots/show';
import * as tf from '../../src/tf';
import { inNotebook, liveDisplay } from '../../src/utils/notebook';
import { typescript } from '../support/root';
import { setEnv } from '../support/set_env';

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
  process.env.THAW_STATIC_FIGURES = '1'; // as in the runs that notebooks are kept from
  jupyter.lastWriteDisplayData = (message: Omit<Message, 'update'>, update = false) =>
    messages.push({ ...message, update });
});
after(() => {
  jupyter.lastWriteDisplayData = null;
});

test('show() sends a figure as one bundle: Plotly, a PNG of its own height, and what it shows in words', async () => {
  messages = [];
  const tensors = tf.memory().numTensors;
  assert.equal(inNotebook(), true);
  await show(FIGURE);
  assert.equal(messages.length, 1);
  const { data, metadata } = messages[0]!;
  assert.deepEqual(data['application/vnd.plotly.v1+json'], FIGURE);
  assert.equal(
    data['text/plain'],
    [
      'Training and validation accuracy',
      'x axis: Epoch, y axis: Accuracy',
      'Training: 2 points, from 0.5 at 1 to 1 at 2, lowest 0.5 at 1, highest 1 at 2',
      'Validation: 2 points, from 0.5 at 1 to 0.75 at 2, lowest 0.5 at 1, highest 0.75 at 2',
    ].join('\n'),
  );
  const png = Buffer.from(String(data['image/png']), 'base64');
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  // JupyterLab shows it pixel by pixel, and then Plotly as high as the layout says: nothing jumps.
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [520, FIGURE.layout.height]);
  assert.deepEqual(metadata['image/png'], { alt: String(data['text/plain']).replaceAll('\n', '. ') });
  assert.equal(tf.memory().numTensors, tensors);
});

test('show() gives a figure that names no height the one of its PNG, since JupyterLab would take another', async () => {
  messages = [];
  await show({ data: [], layout: {} });
  const { data } = messages[0]!;
  const { layout } = data['application/vnd.plotly.v1+json'] as Figure;
  assert.equal(layout.height, Buffer.from(String(data['image/png']), 'base64').readUInt32BE(20));
});

test('show() sends no PNG where nobody asks for one: JupyterLab would show it in the place of the figure', async (context) => {
  messages = [];
  setEnv(context, 'THAW_STATIC_FIGURES', '');
  await show(FIGURE);
  assert.deepEqual(Object.keys(messages[0]!.data), ['application/vnd.plotly.v1+json', 'text/plain']);
});

test('show() sends pictures as HTML that fills the page, and keeps them as a PNG alone', async (context) => {
  const figure = await imagesFigure(tf.zeros([1, 4, 4, 3]) as tf.Tensor4D, { titles: ['cat'] });
  messages = [];
  await show(figure);
  assert.deepEqual(Object.keys(messages[0]!.data), ['text/plain', 'image/png']);
  setEnv(context, 'THAW_STATIC_FIGURES', '');
  await show(figure);
  assert.deepEqual(messages[1]!.data, { 'text/html': figure.html, 'text/plain': '1 picture: cat' });
});

test('show() takes words for what a figure shows; a table needs none', async () => {
  messages = [];
  await show(FIGURE, { alt: 'It learns.' });
  assert.equal(messages[0]!.data['text/plain'], 'It learns.');
  assert.deepEqual(messages[0]!.metadata['image/png'], { alt: 'It learns.' });
  await assert.rejects(show(new DataFrame({ a: [1] }), { alt: 'one' }), /an alt with a figure only/);
  // @ts-expect-error a caller without types
  await assert.rejects(show(FIGURE, { title: 'one' }), /Received: title/);
});

test('show() tells once that a figure is drawn in a browser only, and that no font has a character', async (context) => {
  messages = [];
  const warn = context.mock.method(console, 'warn', () => {});
  const surface: Figure = { data: [{ type: 'surface', z: [[1, 2]] }], layout: {} };
  const unassigned: Figure = { data: [], layout: { title: { text: String.fromCodePoint(0x3fff0) } } };
  for (const figure of [surface, surface, unassigned, unassigned]) await show(figure);
  const warnings = warn.mock.calls.map(({ arguments: [text] }) => String(text));
  assert.deepEqual(
    messages.map(({ data }) => 'image/png' in data),
    [false, false, true, true],
  );
  assert.deepEqual(warnings, [
    'A figure has no static picture: a trace of type surface is drawn in a browser only.',
    `No font has ${String.fromCodePoint(0x3fff0)}: a static picture shows \ufffd in their place.`,
  ]);
});

test('summary() in a notebook is a table of all layers, with the text of Keras as its twin', () => {
  messages = [];
  const layers = Array.from({ length: 70 }, (_, i) => tf.layers.dense({ units: 30, name: `l${i}`, inputShape: [30] }));
  const model = tf.sequential({ layers, name: 'deep' });
  model.summary();
  const { data } = messages[0]!;
  const html = String(data['text/html']);
  assert.equal(html.match(/<tr>/g)?.length, 71);
  assert.match(html, /<p>Model: &quot;deep&quot;<\/p>/);
  assert.match(html, /<td style="text-align: left">l69 \(Dense\)<\/td><td style="text-align: left">\(None, 30\)<\/td>/);
  assert.match(html, /<td style="text-align: right">930<\/td>/);
  assert.match(html, /Trainable params: 65,100/);
  const lines: string[] = [];
  model.summary(undefined, undefined, (line) => lines.push(line));
  assert.equal(messages.length, 1, 'a printer that is asked for prints');
  assert.equal(data['text/plain'], lines.join('\n'));
  model.dispose();
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
  assert.equal(data['text/plain'], 'stage     accuracy\nfeatures    0.9700');
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
  assert.match(output, /^A title\na\n1\nfalse liveDisplay needs a notebook/);
});
