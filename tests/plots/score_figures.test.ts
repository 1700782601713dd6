import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics, plots } from '../../src';
import * as tf from '../../src/tf';

const LABELS = [0, 0, 1, 0, 1, 1];
const SCORES = [0.1, 0.2, 0.3, 0.6, 0.7, 0.9];

interface Trace {
  name: string;
  mode: string;
  x: number[];
  y: number[];
  marker?: { color: string; size: number[]; symbol: string };
  line?: { color: string };
}
const tracesOf = ({ data }: plots.Figure) => data as unknown[] as Trace[];
const rangesOf = ({ layout }: plots.Figure) =>
  (['xaxis', 'yaxis'] as const).map((name) => (layout[name] as { range: [number, number] }).range);
const titlesOf = ({ layout }: plots.Figure) =>
  (['xaxis', 'yaxis'] as const).map((name) => (layout[name] as { title: { text: string } }).title.text);

test('rocFigure draws a curve for each name, and the line of chance', () => {
  const curve = metrics.rocCurve(LABELS, SCORES);
  const figure = plots.rocFigure({ one: curve, '<two>': curve });
  const [one, two, chance] = tracesOf(figure);
  assert.deepEqual([one!.x, one!.y, one!.name], [curve.fpr, curve.tpr, 'one']);
  assert.equal(two!.name, '&#60;two&#62;');
  assert.notEqual(one!.line!.color, two!.line!.color);
  assert.deepEqual(
    [chance!.x, chance!.y],
    [
      [0, 1],
      [0, 1],
    ],
  );
  assert.deepEqual(titlesOf(figure), ['False positive rate', 'True positive rate']);
});

test('precisionRecallFigure draws recall to the right and precision upwards', () => {
  const curve = metrics.precisionRecallCurve(LABELS, SCORES);
  const figure = plots.precisionRecallFigure({ one: curve });
  assert.equal(figure.data.length, 1);
  assert.deepEqual([tracesOf(figure)[0]!.x, tracesOf(figure)[0]!.y], [curve.recall, curve.precision]);
  assert.deepEqual(titlesOf(figure), ['Recall', 'Precision']);
});

test('a threshold is marked where what scores that much is called 1', () => {
  const roc = metrics.rocCurve(LABELS, SCORES, { dropIntermediate: false });
  const dots = (threshold: number) =>
    [
      plots.rocFigure({ one: roc }, { threshold }),
      plots.precisionRecallFigure({ one: metrics.precisionRecallCurve(LABELS, SCORES) }, { threshold }),
    ].map((figure) => tracesOf(figure)[1]!);
  for (const threshold of [0.5, 0.6]) {
    const [onRoc, onOther] = dots(threshold);
    // 0.6, 0.7 and 0.9 are called 1: two of three 1s, and one 0.
    assert.deepEqual([onRoc!.mode, onRoc!.x, onRoc!.y], ['markers', [1 / 3], [2 / 3]]);
    assert.deepEqual([onOther!.mode, onOther!.x, onOther!.y], ['markers', [2 / 3], [2 / 3]]);
  }
  // Nothing scores so much: there is no precision then, and no false alarm.
  assert.deepEqual(dots(0.95)[0]!.x, [0]);
  assert.equal(
    plots.precisionRecallFigure({ one: metrics.precisionRecallCurve(LABELS, SCORES) }, { threshold: 0.95 }).data.length,
    1,
  );
});

test('zoom shows the corner that is best', () => {
  const near = (actual: number[], expected: number[]) =>
    actual.forEach((value, at) => {
      assert.ok(Math.abs(value - expected[at]!) < 1e-12, `${actual}`);
    });
  const roc = rangesOf(plots.rocFigure({ one: metrics.rocCurve(LABELS, SCORES) }, { zoom: 0.5 }));
  near(roc.flat(), [-0.01, 0.51, 0.49, 1.01]);
  // Chance lies beyond.
  assert.equal(plots.rocFigure({ one: metrics.rocCurve(LABELS, SCORES) }, { zoom: 0.5 }).data.length, 1);
  const curve = metrics.precisionRecallCurve(LABELS, SCORES);
  near(rangesOf(plots.precisionRecallFigure({ one: curve }, { zoom: 0.5 })).flat(), [0.49, 1.01, 0.49, 1.01]);
});

test('reliabilityFigure draws the diagonal, and dots whose area goes by their samples', () => {
  const curves = { sure: { probTrue: [0.2, 0.8], probPred: [0, 1], count: [100, 25] } };
  const figure = plots.reliabilityFigure(curves, { className: 'dog' });
  const [diagonal, sure] = tracesOf(figure);
  assert.deepEqual(
    [diagonal!.x, diagonal!.y],
    [
      [0, 1],
      [0, 1],
    ],
  );
  assert.deepEqual(
    [sure!.x, sure!.y, sure!.marker!.size],
    [
      [0, 1],
      [0.2, 0.8],
      [30, 15],
    ],
  );
  assert.deepEqual(titlesOf(figure), ['Said to be dog with', 'Were dog']);
});

test('curves check their options', () => {
  const curve = metrics.rocCurve(LABELS, SCORES);
  for (const zoom of [0, 1.1, Number.NaN]) {
    assert.throws(() => plots.rocFigure({ one: curve }, { zoom }), /zoom of rocFigure above 0, up to 1/);
  }
  const misspelt = { zoom: 1, className: 'dog', treshold: 0.5 };
  assert.throws(() => plots.rocFigure({ one: curve }, misspelt), /Received: className, treshold/);
  assert.throws(() => plots.precisionRecallFigure({}, {}), /Received: none/);
  assert.throws(() => plots.rocFigure({}), /Received: none/);
  assert.throws(() => plots.reliabilityFigure({}), /Received: none/);
  assert.throws(() => plots.reliabilityFigure({}, misspelt), /Received: zoom, treshold/);
});

const textsOf = ({ layout }: plots.Figure) => (layout.annotations as { text: string }[]).map(({ text }) => text);
const fillsOf = ({ layout }: plots.Figure) =>
  (layout.shapes as { fillcolor: string }[]).map(({ fillcolor }) => fillcolor);

test('confusionMatrixFigure writes counts and shares of the row, from a tensor, too, which stays', () => {
  const matrix = tf.tensor2d(
    [
      [90, 10],
      [0, 50],
    ],
    [2, 2],
    'int32',
  );
  const { numTensors } = tf.memory();
  const figure = plots.confusionMatrixFigure(matrix, { classNames: ['cat', '<dog>'] });
  assert.equal(tf.memory().numTensors, numTensors);
  matrix.dispose();
  const shares = ['90<br>90.0 %', '10<br>10.0 %', '0<br>0.0 %', '50<br>100.0 %'];
  assert.deepEqual(textsOf(figure), shares);
  assert.deepEqual((figure.layout.xaxis as { ticktext: string[] }).ticktext, ['cat', '&#60;dog&#62;']);
  const hover = (figure.data[0] as { text: string[] }).text;
  assert.equal(hover[1], '10 of cat called &#60;dog&#62;');
  const [right, mistake, none, all] = fillsOf(figure);
  assert.equal(none, 'rgb(255,255,255)');
  assert.equal(all, 'rgb(0,114,178)');
  assert.ok(right !== all && mistake !== none);
});

test('confusionMatrixFigure numbers classes without names, and draws a class without a sample white', () => {
  const figure = plots.confusionMatrixFigure([
    [0, 0, 0],
    [1, 2, 3],
    [0, 0, 4],
  ]);
  assert.deepEqual((figure.layout.yaxis as { ticktext: string[] }).ticktext, ['0', '1', '2']);
  assert.deepEqual(fillsOf(figure).slice(0, 3), Array(3).fill('rgb(255,255,255)'));
});

test('confusionMatrixFigure refuses what is no confusion matrix', () => {
  assert.throws(() => plots.confusionMatrixFigure([]), /Received: 0 rows/);
  assert.throws(() => plots.confusionMatrixFigure([[1, 2]]), /Received: 1 rows of 2 numbers/);
  assert.throws(
    () =>
      plots.confusionMatrixFigure([
        [1, -1],
        [0, 1],
      ]),
    /Expected counts .* Received: -1/,
  );
  assert.throws(
    () =>
      plots.confusionMatrixFigure([
        [1, Number.NaN],
        [0, 1],
      ]),
    /Received: NaN/,
  );
  assert.throws(() => plots.confusionMatrixFigure([[1]], { classNames: ['a', 'b'] }), /Received: 2 names/);
  const misspelt = { classNames: ['a'], names: ['a'] };
  assert.throws(() => plots.confusionMatrixFigure([[1]], misspelt), /Received: names/);
});

test('learningRateFigure draws the losses over the rates and marks the suggestion, where there is one', () => {
  const search = { rates: [0.001, 0.01, 0.1], losses: [3, 1, 2], smoothedLosses: [3, 2, 2.5], suggestion: 0.001 };
  const figure = plots.learningRateFigure(search);
  assert.deepEqual(
    tracesOf(figure).map(({ x, y }) => [x, y]),
    [
      [search.rates, search.losses],
      [search.rates, search.smoothedLosses],
    ],
  );
  const { shapes, annotations } = figure.layout as {
    shapes: { x0: number }[];
    annotations: { x: number; text: string }[];
  };
  assert.equal(shapes[0]!.x0, 0.001);
  assert.deepEqual([annotations[0]!.x, annotations[0]!.text], [-3, 'suggested: 0.0010']);
  const without = plots.learningRateFigure({ ...search, suggestion: undefined });
  assert.deepEqual(without.layout.shapes, []);
});
