import assert from 'node:assert/strict';
import test from 'node:test';
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

const colorOf = (metric: 'training' | 'validation'): Rgb => {
  const [training, validation] = historyFigure(LOGS, { metric: 'acc' }).data;
  const { color } = (metric === 'training' ? training!.marker : validation!.line) as { color: string };
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return [red!, green!, blue!];
};

test('historyFigure draws training as dots and validation as a line, over epochs from 1', () => {
  const { data, layout } = historyFigure(LOGS, { metric: 'acc' });
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
  const [training] = data as { y: number[] }[];
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
  const { data, layout } = historyFigure(LOGS, { metric: 'mse' });
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
