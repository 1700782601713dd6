import assert from 'node:assert/strict';
import test from 'node:test';
import { BASE_LAYOUT } from '../../src/plots/figure';
import { figureText } from '../../src/plots/figure_text';
import { imagesFigure } from '../../src/plots/images';
import * as tf from '../../src/tf';

const textOf = (trace: Record<string, unknown>, layout: Record<string, unknown> = {}) =>
  figureText({ data: [trace], layout });

test('a figure is told by its title, its axes and each trace, by its ends and extremes', () => {
  const layout = {
    title: 'Loss <b>by</b> epoch<br>&#60;VGG16&#62;',
    xaxis: { title: { text: 'Epoch' } },
    yaxis: { title: 'Loss' },
    yaxis2: { title: { text: 'Rate' } },
  };
  const y = [3, 1.23456, Number.NaN, 2, null];
  const x = [1, 2, 3, 4, 5];
  assert.equal(
    figureText({ data: [{ name: 'a', x, y }, { y: new Float32Array([0.5]) }, { y, visible: false }], layout }),
    [
      'Loss by epoch <VGG16>',
      'x axis: Epoch, y axis: Loss, y axis 2: Rate',
      'a: 5 points, from 3 at 1 to 2 at 4, lowest 1.235 at 2, highest 3 at 1',
      'scatter: 0.5',
    ].join('\n'),
  );
});

test('few values with names are told one by one, flat bars and slices, too', () => {
  assert.equal(textOf({ type: 'bar', x: ['cat', 'dog'], y: [0.25, 2] }), 'Figure\nbar: cat 0.25, dog 2');
  assert.equal(
    textOf({ type: 'bar', orientation: 'h', y: ['cat', 'dog'], x: [0.25, 2] }),
    'Figure\nbar: cat 0.25, dog 2',
  );
  assert.equal(textOf({ type: 'pie', labels: ['cat', 'dog'], values: [1, 2] }), 'Figure\npie: cat 1, dog 2');
  assert.equal(
    textOf({ name: 'n', x: [1, 2], y: [3, 4], text: ['VGG16', 'Xception'] }),
    'Figure\nn: VGG16 3, Xception 4',
  );
});

test('a small grid is told row by row, a large one by its size and extremes', () => {
  const small = [
    [90, 10],
    [5, 95],
  ];
  assert.equal(textOf({ type: 'heatmap', z: small }), 'Figure\nheatmap: 2 × 2, 90 10 / 5 95');
  const large = Array.from({ length: 4 }, (_, i) => new Float32Array([i, 1, 2, 3.5]));
  assert.equal(textOf({ type: 'heatmap', z: large }), 'Figure\nheatmap: 4 × 4, from 0 to 3.5');
});

test('a trace without numbers has as many points as it has', () => {
  assert.equal(textOf({ type: 'scatter' }), 'Figure\nscatter: 0 points');
  assert.equal(textOf({ y: [null, null] }), 'Figure\nscatter: 2 points');
});

test('pictures are counted, with their captions; what is written elsewhere stands on a line of its own', async () => {
  const batch = tf.zeros<tf.Rank.R4>([2, 4, 4, 3]);
  assert.equal(figureText(await imagesFigure(batch, { titles: ['a <cat>', 'dog'] })), '2 pictures: a <cat>; dog');
  assert.equal(figureText(await imagesFigure(batch.slice(0, 1) as tf.Tensor4D)), '1 picture');
  const annotations = [{ text: 'no weights' }, { text: 'right<br>half' }];
  assert.equal(figureText({ data: [], layout: { ...BASE_LAYOUT, annotations } }), 'Figure\nno weights\nright half');
});
