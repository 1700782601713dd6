import assert from 'node:assert/strict';
import test from 'node:test';
import { plots } from '../../src';
import { show } from '../../src/plots/show';
import * as tf from '../../src/tf';

const pictures = (count: number) => tf.fill([count, 8, 8, 3], 100) as tf.Tensor4D;
const corners = [
  [0, 0],
  [10, 0],
  [10, 20],
];
const labels = ['cat', 'dog', 'cat'];

interface Trace {
  name: string;
  x: number[];
  y: number[];
  marker: { color: string; symbol: string };
}

test('imageMapFigure draws each group in its colour and with its mark, and a picture at each point that has room', async () => {
  const { data, layout } = await plots.imageMapFigure(corners, pictures(3), { labels, title: 'Pets' });
  const [cats, dogs] = data as unknown[] as [Trace, Trace];
  assert.deepEqual([cats.name, cats.x, cats.y], ['cat', [0, 10], [0, 20]]);
  assert.deepEqual([dogs.name, dogs.x, dogs.y], ['dog', [10], [0]]);
  assert.notEqual(cats.marker.color, dogs.marker.color);
  assert.notEqual(cats.marker.symbol, dogs.marker.symbol);
  assert.deepEqual(layout.title, { text: 'Pets' });
  const [images, frames] = [layout.images, layout.shapes] as { line: { color: string } }[][];
  assert.equal(images!.length, 3);
  assert.deepEqual(
    frames!.map(({ line }) => line.color),
    [cats, dogs, cats].map(({ marker }) => marker.color),
  );
  const crowd = [...corners, [10, 20.1], [9.9, 20]];
  const crowded = await plots.imageMapFigure(crowd, pictures(5), { labels: [...labels, 'dog', 'dog'] });
  assert.equal((crowded.layout.images as unknown[]).length, 3);
  assert.equal(crowded.pointed?.length, 5);
});

test('the points that pictures appear at are where Plotly draws them', async () => {
  const { layout, pointed } = await plots.imageMapFigure(corners, pictures(3), { labels, titles: ['a', 'b', 'c'] });
  const { margin, height } = layout as { margin: Record<string, number>; height: number };
  const range = (axis: string) => (layout[axis] as { range: [number, number] }).range;
  for (const [i, { left, top, title }] of pointed!.entries()) {
    const across = (corners[i]![0]! - range('xaxis')[0]) / (range('xaxis')[1] - range('xaxis')[0]);
    const up = (corners[i]![1]! - range('yaxis')[0]) / (range('yaxis')[1] - range('yaxis')[0]);
    assert.ok(Math.abs(left * 520 - (margin.l! + across * (520 - margin.l! - margin.r!))) < 1e-6);
    assert.ok(Math.abs(top * height - (height - margin.b! - up * (height - margin.t! - margin.b!))) < 1e-6);
    assert.equal(title, 'abc'[i]);
  }
});

test('points in one place, or a single one, have an axis all the same', async () => {
  for (const points of [
    [[3, 4]],
    [
      [3, 4],
      [3, 4],
    ],
  ]) {
    const { pointed } = await plots.imageMapFigure(points, pictures(points.length), {
      labels: points.map(() => 'cat'),
    });
    for (const { left, top } of pointed!) assert.ok(left > 0 && left < 1 && top > 0 && top < 1);
  }
});

test('imageMapFigure says what it expects', async () => {
  const call = (points: number[][], count: number, args: plots.ImageMapFigureArgs) => () =>
    plots.imageMapFigure(points, pictures(count), args);
  await assert.rejects(call(corners, 2, { labels }), /as many points.* Received: 3, 2, 3, 3$/);
  await assert.rejects(call(corners, 3, { labels, titles: ['a'] }), /Received: 3, 3, 3, 1$/);
  await assert.rejects(plots.imageMapFigure([], [], { labels: [] }), /at least one/);
  await assert.rejects(
    call(
      [
        [0, 0],
        [1, NaN],
        [2, 2],
      ],
      3,
      { labels },
    ),
    /two numbers.* Received: \[1, NaN\]/,
  );
  const many = Array.from({ length: 7 }, (_, i) => [i, i]);
  await assert.rejects(call(many, 7, { labels: many.map(String) }), /up to 6 groups.* Received: 7/);
  const misspelt = { labels, label: 'x' };
  await assert.rejects(call(corners, 3, misspelt), /options of imageMapFigure/);
});

test('show() sends the figure as HTML with its pictures, a PNG and its title, and leaves no tensor', async () => {
  const jupyter: { lastWriteDisplayData: unknown } = require('tslab/dist/jupyter');
  const sent: Record<string, string>[] = [];
  jupyter.lastWriteDisplayData = ({ data }: { data: Record<string, string> }) => sent.push(data);
  const images = pictures(3);
  const before = tf.memory().numTensors;
  process.env.THAW_STATIC_FIGURES = '1';
  try {
    await show(await plots.imageMapFigure(corners, images, { labels: ['<b>', '"', 'cat'], title: 'Pets' }), {
      alt: 'Pets',
    });
    delete process.env.THAW_STATIC_FIGURES;
    await show(await plots.imageMapFigure(corners, images, { labels: ['<b>', '"', 'cat'], title: 'Pets' }));
  } finally {
    delete process.env.THAW_STATIC_FIGURES;
    jupyter.lastWriteDisplayData = null;
  }
  assert.equal(tf.memory().numTensors, before);
  const [data, live] = sent;
  assert.deepEqual(Object.keys(live!).sort(), ['text/html', 'text/plain']);
  assert.deepEqual(Object.keys(data!).sort(), ['image/png', 'text/html', 'text/plain']);
  assert.equal(data!['text/plain'], 'Pets');
  const html = data!['text/html']!;
  assert.ok(html.includes(`<img alt="Pets" src="data:image/png;base64,${data!['image/png']}">`));
  assert.equal(html.match(/--picture:url\(data:image\/jpeg;base64,/g)?.length, 3);
  assert.match(html, /aria-label="&lt;b&gt;".*aria-label="&quot;"/);
  assert.doesNotMatch(html, /<script|https?:/);
});
