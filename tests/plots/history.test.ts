import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { readCSV } from 'danfojs-node';
import { csvLogger } from '../../src/callbacks';
import type { Figure } from '../../src/plots/figure';
import { figureText } from '../../src/plots/figure_text';
import { historyFigure } from '../../src/plots/history';
import * as tf from '../../src/tf';
import type { Rgb } from './pixels';

const LOGS = {
  loss: [3, 2, 1],
  acc: [0.5, 0.75, 1],
  val_loss: [4, 3, 3.5],
  val_acc: [0.5, 0.625, 0.75],
  mse: [1, 2, 3],
};

/** What the tests read of a trace. */
interface Trace {
  name: string;
  x: number[];
  y: number[];
  mode: string;
  marker: { color: string; symbol?: string | string[] };
  line?: { color: string; width: number };
  opacity?: number;
  showlegend?: boolean;
  customdata?: number[];
}

interface Layout {
  title: { text: string };
  yaxis: { type?: string; range?: [number, number] };
  shapes: { x0: number; x1: number }[];
  annotations: { text: string; x: number }[];
}

const tracesOf = ({ data }: Figure) => data as unknown[] as Trace[];
const layoutOf = ({ layout }: Figure) => layout as object as Layout;
const keptOf = (figure: Figure) => tracesOf(figure).find(({ name }) => name?.startsWith('Kept'));

const colorOf = (metric: 'training' | 'validation'): Rgb => {
  const [training, validation] = historyFigure(LOGS, { metric: 'acc' }).data;
  const { color } = (metric === 'training' ? training!.marker : validation!.line) as { color: string };
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return [red!, green!, blue!];
};

test('historyFigure draws training as dots and validation as a line, over epochs from 1', () => {
  const { data, layout } = historyFigure(LOGS, { metric: 'acc', monitor: false });
  assert.deepEqual(
    data.map(({ name, mode, x, y }) => ({ name, mode, x, y })),
    [
      { name: 'Training', mode: 'markers', x: [1, 2, 3], y: [0.5, 0.75, 1] },
      { name: 'Validation', mode: 'lines', x: [1, 2, 3], y: [0.5, 0.625, 0.75] },
    ],
  );
  assert.equal((layout.title as { text: string }).text, 'Training and validation accuracy');
});

test('historyFigure smooths by an exponential moving average that begins at the first value', () => {
  const { data, layout } = historyFigure(LOGS, { metric: 'acc', smoothing: 0.8 });
  const [measured, , training] = data as { y: number[] }[];
  assert.deepEqual(measured!.y, [0.5, 0.75, 1]);
  training!.y.forEach((value, index) => {
    assert.ok(Math.abs(value - [0.5, 0.55, 0.64][index]!) < 1e-12);
  });
  assert.match((layout.title as { text: string }).text, /smoothed/);
  for (const smoothing of [-0.1, 1, Number.NaN]) {
    assert.throws(() => historyFigure(LOGS, { metric: 'acc', smoothing }), /from 0 to below 1/);
  }
});

test('historyFigure names the axes after the metric and the epochs', () => {
  const { layout } = historyFigure(LOGS, { metric: 'loss' });
  assert.equal((layout.xaxis as { title: { text: string } }).title.text, 'Epoch');
  assert.equal((layout.yaxis as { title: { text: string } }).title.text, 'Loss');
});

test('historyFigure draws a metric that has no validation alone', () => {
  const { data, layout } = historyFigure(LOGS, { metric: 'mse', monitor: false });
  assert.equal(data.length, 1);
  assert.equal((layout.title as { text: string }).text, 'Training mse');
});

test('historyFigure marks the validation of a single epoch, through which no line can be seen', () => {
  const { data } = historyFigure({ loss: [1], val_loss: [2] }, { metric: 'loss' });
  assert.equal(data[1]?.mode, 'markers');
});

test('historyFigure takes what fit resolves to, and leaves no tensor behind', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
  const x = tf.ones([4, 1]);
  const history = await model.fit(x, x, { epochs: 2, validationSplit: 0.5, verbose: 0 });
  const before = tf.memory().numTensors;
  const { data } = historyFigure(history, { metric: 'loss' });
  assert.deepEqual(data[0]?.y, history.history.loss);
  assert.deepEqual(data[1]?.y, history.history.val_loss);
  assert.equal(tf.memory().numTensors, before);
});

test('historyFigure draws what was measured thin behind what is smoothed, once in the legend', () => {
  const traces = tracesOf(historyFigure(LOGS, { metric: 'acc', smoothing: 0.5, monitor: false }));
  assert.deepEqual(
    traces.map(({ name, y, showlegend, opacity }) => ({ name, y, shown: showlegend !== false, opacity })),
    [
      { name: 'Training', y: [0.5, 0.75, 1], shown: false, opacity: 0.5 },
      { name: 'Validation', y: [0.5, 0.625, 0.75], shown: false, opacity: 0.5 },
      { name: 'Training', y: [0.5, 0.625, 0.8125], shown: true, opacity: undefined },
      { name: 'Validation', y: [0.5, 0.5625, 0.65625], shown: true, opacity: undefined },
    ],
  );
  assert.ok(traces[1]!.line!.width < traces[3]!.line!.width);
});

test('historyFigure smooths over an epoch without a number', () => {
  const logs = { loss: [2, Number.NaN, 4] };
  const [, smoothed] = tracesOf(historyFigure(logs, { metric: 'loss', smoothing: 0.5 }));
  assert.deepEqual(smoothed!.y, [2, Number.NaN, 3]);
});

test('historyFigure rings the epoch that the checkpoint keeps, at what was measured', () => {
  const kept = keptOf(historyFigure(LOGS, { metric: 'acc', smoothing: 0.8 }))!;
  assert.deepEqual([kept.name, kept.x, kept.y], ['Kept: epoch 2', [2], [0.625]]);
  // The greatest of an accuracy, the least of all else; the first of those that are equal in 32 bits.
  const logs = { ...LOGS, val_acc: [0.5, 0.75, 0.75 + 1e-12], val_loss: [4, 3.5, 3.5 - 1e-12] };
  for (const monitor of ['val_acc', 'val_loss', undefined]) {
    assert.deepEqual(keptOf(historyFigure(logs, { metric: 'loss', monitor }))!.x, [2], monitor);
  }
  assert.deepEqual(keptOf(historyFigure(LOGS, { metric: 'mse', monitor: 'mse' }))!.y, [1]);
});

test('historyFigure rings none where none is to be kept, or none could be', () => {
  assert.equal(keptOf(historyFigure(LOGS, { metric: 'acc', monitor: false })), undefined);
  assert.equal(keptOf(historyFigure({ acc: [0.5] }, { metric: 'acc' })), undefined);
  const diverged = { loss: [1, Number.NaN], val_loss: [Number.NaN, Number.NaN] };
  assert.equal(keptOf(historyFigure(diverged, { metric: 'loss' })), undefined);
  assert.deepEqual(keptOf(historyFigure({ ...diverged, val_loss: [Number.NaN, 2] }, { metric: 'loss' }))!.x, [2]);
  assert.throws(
    () => historyFigure(LOGS, { metric: 'acc', monitor: 'val_auc' }),
    /needs a monitor that was logged: one of loss, .* Received: monitor=val_auc/,
  );
});

test('historyFigure joins trainings that went on, a line with words where each begins, and what each kept', () => {
  const more = { acc: [0.9, 1], val_acc: [0.8, 0.75], val_loss: [3, 2] };
  const figure = historyFigure([LOGS, more, { acc: [1] }], { metric: 'acc', marks: ['<b>second</b>', 'third'] });
  const [training, validation] = tracesOf(figure);
  assert.deepEqual(training!.x, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(training!.y, [0.5, 0.75, 1, 0.9, 1, 1]);
  assert.deepEqual(validation!.y, [0.5, 0.625, 0.75, 0.8, 0.75, Number.NaN]);
  const { shapes, annotations } = layoutOf(figure);
  assert.deepEqual(
    shapes.map(({ x0, x1 }) => [x0, x1]),
    [
      [3.5, 3.5],
      [5.5, 5.5],
    ],
  );
  assert.deepEqual(
    annotations.map(({ text, x }) => [text, x]),
    [
      ['&#60;b&#62;second&#60;/b&#62;', 3.5],
      ['third', 5.5],
    ],
  );
  const kept = keptOf(figure)!;
  assert.deepEqual([kept.name, kept.x, kept.y], ['Kept: epochs 2, 5', [2, 5], [0.625, 0.75]]);
  // Each is smoothed by itself: another training doesn't begin where this one is.
  const smoothed = tracesOf(historyFigure([LOGS, more], { metric: 'acc', smoothing: 0.5 }))[2]!;
  assert.deepEqual(smoothed.y, [0.5, 0.625, 0.8125, 0.9, 0.95]);
  assert.throws(() => historyFigure([LOGS, more], { metric: 'acc', marks: ['a', 'b'] }), /Received: 2 for 1/);
  assert.throws(() => historyFigure(LOGS, { metric: 'acc', marks: ['a'] }), /Received: 1 for 0/);
});

test('historyFigure draws several trainings by name, a colour each, and says what dots and lines are', () => {
  const figure = historyFigure({ before: LOGS, '<i>after</i>': { acc: [1], val_acc: [0.75] } }, { metric: 'acc' });
  const traces = tracesOf(figure);
  assert.deepEqual(
    traces.filter(({ showlegend }) => showlegend !== false).map(({ name }) => name),
    ['before', '&#60;i&#62;after&#60;/i&#62;', 'Training', 'Validation', 'Kept: epoch 2'],
  );
  const [beforeDots, beforeLine, afterDots, afterLine] = traces;
  assert.deepEqual([beforeDots!.y, afterLine!.y, afterLine!.mode], [LOGS.acc, [0.75], 'markers']);
  assert.equal(beforeDots!.marker.color, beforeLine!.line!.color);
  assert.equal(afterDots!.marker.color, afterLine!.line!.color);
  assert.notEqual(beforeDots!.marker.color, afterDots!.marker.color);
  assert.throws(() => historyFigure({ a: LOGS, b: { acc: [1] } }, { metric: 'loss' }), /logged in 'b': one of acc\. /);
});

test('historyFigure leaves a first epoch out of the axis that would flatten all others, and says its value', () => {
  const logs = { loss: [15, 3, 2, 1, 1], val_loss: [5, 4, 3, 3, 4] };
  const figure = historyFigure(logs, { metric: 'loss' });
  const [dots, triangles] = tracesOf(figure);
  assert.deepEqual([dots!.name, dots!.y, dots!.customdata], ['Training', [5, 3, 2, 1, 1], logs.loss]);
  assert.equal(triangles!.y[0], 5);
  assert.equal(triangles!.marker.symbol![0], 'triangle-up');
  const { yaxis, annotations } = layoutOf(figure);
  assert.ok(yaxis.range![0] < 1 && yaxis.range![1] > 5 && yaxis.range![1] < 6, `${yaxis.range}`);
  assert.deepEqual(annotations[0]!.text, 'epoch 1: 15');
  const nan = Number.NaN;
  const others = [
    [4, 3, 2, 1, 1],
    [15, 15, 2, 1, 1],
    [0, 3, 2, 1, 1],
    [15, 1, 1, 1, 1],
    [15, nan, nan, nan, nan],
    [15, 1],
  ];
  for (const loss of others) {
    const kept = historyFigure({ loss }, { metric: 'loss' });
    assert.deepEqual(tracesOf(kept)[0]!.y, loss);
    assert.equal(layoutOf(kept).yaxis.range, undefined);
  }
});

test('historyFigure is told in words by the values that were measured, not by where they are drawn', () => {
  const logs = { loss: [15, 3, 2, 1, 1], val_loss: [5, 4, 3, 3, 4] };
  const text = [
    'Training and validation loss',
    'x axis: Epoch, y axis: Loss',
    'Training: 5 points, from 15 at 1 to 1 at 5, lowest 1 at 4, highest 15 at 1',
    'Validation: 5 points, from 5 at 1 to 4 at 5, lowest 3 at 3, highest 5 at 1',
    'Kept: epoch 3: 3 at 3',
    'epoch 1: 15',
  ];
  assert.equal(figureText(historyFigure(logs, { metric: 'loss' })), text.join('\n'));
  // What a colour, a dot and a line mean isn't data, nor is each curve told twice where it is smoothed.
  const named = figureText(historyFigure({ a: logs, b: logs }, { metric: 'loss', smoothing: 0.5 })).split('\n');
  assert.deepEqual(
    named.map((line) => line.replace(/: (\d.*|Epoch.*)/, '')),
    [
      'Training and validation loss, smoothed (thin: as measured)',
      'x axis',
      'a: training',
      'a',
      'b: training',
      'b',
      'Kept: epochs 3, 3',
      'epoch 1',
    ],
  );
});

test('historyFigure with logScale keeps zeros and tiny values from stretching the axis', () => {
  const loss = [10, 1, 0.1, 0, 1e-30, -1, Number.NaN];
  const figure = historyFigure({ loss }, { metric: 'loss', logScale: true });
  const [dots, triangles] = tracesOf(figure);
  const { type, range } = layoutOf(figure).yaxis;
  assert.equal(type, 'log');
  // The middle of the positive values is 1: three decades below it, the axis ends.
  assert.ok(range![0] > -3.5 && range![0] < -3 && range![1] > 1 && range![1] < 1.5, `${range}`);
  assert.deepEqual(dots!.y, [10, 1, 0.1, 0.001, 0.001, 0.001, Number.NaN]);
  assert.deepEqual(dots!.customdata, loss);
  assert.equal(triangles!.marker.symbol![3], 'triangle-down');
  for (const all of [[0, 0], [Number.NaN], [1e-30, 2e-30], [3]]) {
    const { range } = layoutOf(historyFigure({ loss: all }, { metric: 'loss', logScale: true })).yaxis;
    assert.ok(range!.every(Number.isFinite) && range![0] < range![1], `${all}: ${range}`);
  }
});

test('historyFigure takes the table of a file that csvLogger wrote', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'thaw-history-'));
  try {
    const filename = path.join(folder, 'training.csv');
    const logger = csvLogger({ filename });
    logger.setModel(tf.sequential());
    await logger.onTrainBegin();
    await logger.onEpochEnd(0, { acc: 0.5, loss: 3 });
    await logger.onEpochEnd(1, { acc: 0.75, loss: 2, val_acc: 0.5, val_loss: 2 });
    await logger.onEpochEnd(2, { acc: 1, loss: 1, val_acc: 0.625, val_loss: 1 });
    const table = await readCSV(filename);
    const [training, validation] = tracesOf(historyFigure(table, { metric: 'acc' }));
    assert.deepEqual(training!.y, [0.5, 0.75, 1]);
    assert.deepEqual(validation!.y, [Number.NaN, 0.5, 0.625]);
    assert.deepEqual(keptOf(historyFigure(table, { metric: 'loss' }))!.x, [3]);
    const named = tracesOf(historyFigure({ once: table, again: table }, { metric: 'acc' }));
    assert.deepEqual(named[2]!.y, [0.5, 0.75, 1]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('historyFigure passes over the columns of a validation that never was', async () => {
  const table = {
    columns: ['epoch', 'acc', 'val_acc'],
    index: [0, 1],
    values: [
      [0, 0.5, 'NA'],
      [1, 1, 'NA'],
    ],
  };
  assert.equal(historyFigure(table, { metric: 'acc' }).data.length, 1);
  assert.throws(() => historyFigure(table, { metric: 'loss' }), /one of epoch, acc\. /);
});

test('historyFigure says so when there are no logs', () => {
  for (const none of [{}, [], [{}]]) assert.throws(() => historyFigure(none, { metric: 'acc' }), /did fit run\?/);
});

test('historyFigure names the logs there are when the metric is not among them', () => {
  assert.throws(() => historyFigure(LOGS, { metric: 'accuracy' }), /one of loss, acc, .*Received: metric=accuracy/);
});

test('the colours of training and validation stay apart for the colour-blind and in grey', () => {
  // Viénot, Brettel and Mollon, "Digital video colourmaps for checking the legibility of displays by dichromats", 1999.
  const views: Record<string, readonly [Rgb, Rgb, Rgb]> = {
    deuteranopia: [
      [0.29275, 0.70725, 0],
      [0.29275, 0.70725, 0],
      [-0.02234, 0.02234, 1],
    ],
    protanopia: [
      [0.11238, 0.88762, 0],
      [0.11238, 0.88762, 0],
      [0.00401, -0.00401, 1],
    ],
    grey: [
      [0.2126, 0.7152, 0.0722],
      [0.2126, 0.7152, 0.0722],
      [0.2126, 0.7152, 0.0722],
    ],
  };
  const linear = (color: Rgb) => color.map((value) => (value / 255) ** 2.2);
  const seen = (color: Rgb, view: readonly [Rgb, Rgb, Rgb]) =>
    view.map((row) => {
      const mixed = row.reduce((sum, weight, i) => sum + weight * linear(color)[i]!, 0);
      return 255 * Math.max(0, mixed) ** (1 / 2.2);
    });
  for (const [name, view] of Object.entries(views)) {
    const [training, validation] = [seen(colorOf('training'), view), seen(colorOf('validation'), view)];
    const distance = Math.hypot(...training.map((value, i) => value - validation[i]!));
    assert.ok(distance > (name === 'grey' ? 15 : 100), `${name}: ${distance.toFixed(1)} levels apart`);
  }
});
