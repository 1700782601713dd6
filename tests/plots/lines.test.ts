import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plots } from '../../src';

const TITLES = { title: 'Costs', xTitle: 'threshold', yTitle: 'cost' };

test('linesFigure draws a line or dots for each name, in colours of their own', () => {
  const { data, layout } = plots.linesFigure(
    { '<a>': { x: [1, 2], y: [3, 4] }, b: { x: [1], y: [5], mode: 'markers' } },
    { ...TITLES, yFormat: '.0%' },
  );
  assert.deepEqual(
    data.map(({ name, mode, x, y }) => [name, mode, x, y]),
    [
      ['&#60;a&#62;', 'lines', [1, 2], [3, 4]],
      ['b', 'markers', [1], [5]],
    ],
  );
  const [a, b] = data as { line: { color: string } }[];
  assert.notEqual(a!.line.color, b!.line.color);
  assert.deepEqual([layout.showlegend, (layout.yaxis as { tickformat: string }).tickformat], [true, '.0%']);
  assert.equal((layout.xaxis as { type?: string }).type, undefined);
});

test('linesFigure marks places on the x axis, on a logarithmic one, too', () => {
  const line = { a: { x: [0.01, 1], y: [1, 1] } };
  const placesOf = ({ layout }: plots.Figure) => [
    (layout.shapes as { x0: number }[]).map(({ x0 }) => x0),
    (layout.annotations as { x: number; text: string }[]).map(({ x, text }) => [x, text]),
  ];
  const marks = { here: 0.1, '<there>': 1 };
  assert.deepEqual(placesOf(plots.linesFigure(line, { ...TITLES, marks })), [
    [0.1, 1],
    [
      [0.1, 'here'],
      [1, '&#60;there&#62;'],
    ],
  ]);
  const logarithmic = plots.linesFigure(line, { ...TITLES, marks, logX: true, logY: true });
  assert.deepEqual(placesOf(logarithmic), [
    [0.1, 1],
    [
      [-1, 'here'],
      [0, '&#60;there&#62;'],
    ],
  ]);
  assert.deepEqual(
    [logarithmic.layout.xaxis, logarithmic.layout.yaxis].map((axis) => (axis as { type: string }).type),
    ['log', 'log'],
  );
});

test('linesFigure refuses nothing to draw, x and y of different lengths, and options that it does not know', () => {
  assert.throws(() => plots.linesFigure({}, TITLES), /Received: none/);
  assert.throws(() => plots.linesFigure({ a: { x: [1, 2], y: [1] } }, TITLES), /Received: 2 and 1/);
  const misspelt = { ...TITLES, logx: true };
  assert.throws(() => plots.linesFigure({ a: { x: [], y: [] } }, misspelt), /Received: logx/);
});

test('dotsFigure has a row for each name, from the top down, and an interval behind', () => {
  const args = { title: 'Seeds', xTitle: 'accuracy', xFormat: '.1%', interval: [0.9, 0.95] } as const;
  const { data, layout } = plots.dotsFigure({ '<a>': [0.9, 0.91], b: [0.92] }, args);
  assert.deepEqual(
    data.map(({ x, y }) => [x, y]),
    [
      [
        [0.9, 0.91],
        [0, 0],
      ],
      [[0.92], [1]],
    ],
  );
  const { ticktext, range } = layout.yaxis as { ticktext: string[]; range: number[] };
  assert.deepEqual(
    [ticktext, range],
    [
      ['&#60;a&#62;', 'b'],
      [1.5, -0.5],
    ],
  );
  const [behind] = layout.shapes as { x0: number; x1: number; layer: string }[];
  assert.deepEqual([behind!.x0, behind!.x1, behind!.layer], [0.9, 0.95, 'below']);
  assert.equal(plots.dotsFigure({ a: [1] }, { title: '', xTitle: '' }).layout.shapes, undefined);
});

test('dotsFigure refuses nothing to draw, and options that it does not know', () => {
  assert.throws(() => plots.dotsFigure({}, { title: '', xTitle: '' }), /Received: none/);
  const misspelt = { title: '', xTitle: '', band: [0, 1] };
  assert.throws(() => plots.dotsFigure({ a: [1] }, misspelt), /Received: band/);
});
