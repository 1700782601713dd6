import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { loadSync } from 'opentype.js';
import { historyFigure } from '../../src/plots/history';
import { imagesFigure } from '../../src/plots/images';
import { staticPng } from '../../src/plots/static_png';
import * as tf from '../../src/tf';
import { collectGarbage } from '../support/collect_garbage';
import { typescript } from '../support/root';
import { decodePng, find, inkOnBorder, type Rgb } from './pixels';

const EPOCHS = Array.from({ length: 20 }, (_, index) => index);
const HISTORY = {
  acc: EPOCHS.map((epoch) => 1 - 0.1 * Math.exp(-epoch / 3)),
  val_acc: EPOCHS.map((epoch) => 0.975 - 0.03 * Math.exp(-epoch / 2)),
  loss: EPOCHS.map((epoch) => 12345 * Math.exp(-epoch)),
  val_loss: EPOCHS.map((epoch) => 2345 * Math.exp(-epoch) + epoch),
};
const TRAINING: Rgb = [0x00, 0x72, 0xb2];
const VALIDATION: Rgb = [0xd5, 0x5e, 0x00];
const TEXT: Rgb = [0x22, 0x22, 0x22];

for (const width of [360, 700]) {
  for (const metric of ['acc', 'loss']) {
    test(`the ${metric} plot is whole at ${width} pixels: nothing touches the border, dots, line, legend and text show`, async () => {
      const result = await staticPng(historyFigure(HISTORY, { metric }), { width, scale: 2 });
      const pixels = await decodePng(result.png);
      assert.deepEqual([pixels.width, pixels.height], [2 * width, 2 * 360]);
      assert.deepEqual([result.width, result.height], [width, 360]);
      assert.equal(inkOnBorder(pixels, 4), 0);
      const isLegend = ({ row }: { row: number }) => row > pixels.height - 2 * 56;
      const [training, validation, text] = [TRAINING, VALIDATION, TEXT].map((color) => find(pixels, color));
      assert.ok(training!.filter((place) => !isLegend(place)).length > 20 * 100, 'twenty dots');
      assert.ok(training!.some(isLegend), 'a dot in the legend');
      assert.ok(validation!.some(isLegend), 'a line in the legend');
      // The legend's last word stands right of its line, as wide as the font says.
      const right = (places: typeof text) => Math.max(...places!.filter(isLegend).map(({ column }) => column));
      const font = loadSync(require.resolve('@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf'));
      const word = 2 * font.getAdvanceWidth('Validation', 14);
      assert.ok(right(text) - right(validation) > 0.95 * word, 'the whole word in the legend');
      const title = text!.filter(({ row }) => row < 2 * 52).map(({ column }) => column);
      const ink = Math.max(...title) - Math.min(...title);
      const name = metric === 'acc' ? 'accuracy' : 'loss';
      const expected = 2 * font.getAdvanceWidth(`Training and validation ${name}`, 17);
      assert.ok(Math.abs(ink - expected) < 0.05 * expected, `title of ${ink} pixels, expected ${expected}`);
    });
  }

  test(`pictures and titles are whole at ${width} pixels and do not overlap`, async () => {
    const color: Rgb = [200, 40, 40];
    const batch = tf.tile(tf.tensor4d([...color], [1, 1, 1, 3]), [9, 30, 30, 1]) as tf.Tensor4D;
    const titles = Array.from({ length: 9 }, (_, i) => `dog, said cat with probability 0.${i}123`);
    const pixels = await decodePng((await staticPng(await imagesFigure(batch, { titles }), { width })).png);
    assert.equal(pixels.width, width);
    assert.equal(inkOnBorder(pixels, 4), 0);
    const pictures = new Set(find(pixels, color).map(({ row }) => row));
    const text = new Set(find(pixels, TEXT).map(({ row }) => row));
    assert.ok(pictures.size > 3 * 90 && text.size > 3 * 3 * 8);
    assert.deepEqual(
      [...text].filter((row) => pictures.has(row)),
      [],
    );
    const columns = new Set(find(pixels, TEXT).map(({ column }) => column));
    const gaps = [1, 2].map((i) => Math.round((i * width) / 3));
    assert.ok(
      gaps.every((gap) => !columns.has(gap)),
      'white between the titles of neighbours',
    );
  });
}

test('staticPng leaves the figure as it was, and draws it the same twice', async () => {
  const figure = historyFigure(HISTORY, { metric: 'acc' });
  const copy = structuredClone(figure);
  const [first, second] = [await staticPng(figure), await staticPng(figure)];
  assert.deepEqual(figure, copy);
  assert.ok(first.png.equals(second.png));
});

test('staticPng draws something for each character, one that the packaged font lacks, too', async () => {
  const color: Rgb = [200, 40, 40];
  const picture = tf.tile(tf.tensor3d([...color], [1, 1, 3]), [30, 30, 1]) as tf.Tensor3D;
  // The last is no character yet: no computer has a font for it.
  for (const title of ['고양이', '猫', '😀', '✓', String.fromCodePoint(0x3fff0)]) {
    const pixels = await decodePng((await staticPng(await imagesFigure([picture], { titles: [title] }))).png);
    // JPEG blurs the border of the picture.
    const top = Math.min(...find(pixels, color).map(({ row }) => row)) - 3;
    const white = find(pixels, [255, 255, 255]).filter(({ row }) => row < top);
    assert.ok(white.length < top * pixels.width, `nothing is seen of ${title}`);
  }
  picture.dispose();
});

const GRID = [
  [0, 1],
  [0.5, 0.25],
];
/** Red for 0, green for 1, blue for 0.5. */
const THREE = [
  [0, '#ff0000'],
  [0.5, '#0000ff'],
  [1, '#00ff00'],
];
const PICTURE = [
  [
    [255, 0, 0],
    [0, 255, 0],
  ],
  [
    [0, 0, 255],
    [128, 0, 128],
  ],
];

for (const trace of [
  { type: 'heatmap', z: GRID, colorscale: THREE, showscale: false },
  { type: 'heatmap', z: GRID, colorscale: THREE, showscale: false, xgap: 3, ygap: 3 },
  { type: 'image', z: PICTURE },
]) {
  test(`staticPng draws the cells of a trace where they belong: ${JSON.stringify(trace).slice(0, 120)}`, async () => {
    const layout = { margin: { t: 0, r: 0, b: 0, l: 0 }, width: 200, height: 200 };
    const axis = { visible: false, range: [-0.5, 1.5] };
    // A heatmap counts its rows from below, an image from above.
    const yaxis = trace.type === 'image' ? { ...axis, range: [1.5, -0.5] } : axis;
    const { png } = await staticPng({ data: [trace], layout: { ...layout, xaxis: axis, yaxis } });
    const { at } = await decodePng(png);
    const [top, bottom] = trace.type === 'image' ? [50, 150] : [150, 50];
    const colors = [at(top, 50), at(top, 150), at(bottom, 50), at(bottom, 150)].map((rgb) => rgb.join(' '));
    assert.deepEqual(colors, ['255 0 0', '0 255 0', '0 0 255', '128 0 128']);
    // To the very edge of the next cell: nothing is blurred.
    if (!('xgap' in trace)) assert.deepEqual([at(top, 98), at(top, 102)], [at(top, 50), at(top, 150)]);
  });
}

test('staticPng draws a smooth heatmap, and what WebGL is for as SVG', async () => {
  const smooth = { type: 'heatmap', z: GRID, zsmooth: 'best', colorscale: THREE };
  assert.ok(find(await decodePng((await staticPng({ data: [smooth], layout: {} })).png), [0, 255, 0]).length > 10);
  for (const type of ['scattergl', 'scatterpolargl']) {
    const trace = { type, mode: 'markers', x: [1], y: [1], r: [1], theta: [1], marker: { color: '#ff0000', size: 20 } };
    assert.ok(
      find(await decodePng((await staticPng({ data: [trace], layout: {} })).png), [255, 0, 0]).length > 200,
      type,
    );
  }
});

test('staticPng draws each type that it takes, none blank', async () => {
  const [x, y, z] = [[1, 2, 3], [1, 3, 2], GRID];
  const tree = { labels: ['a', 'b', 'c'], parents: ['', 'a', 'a'], values: [3, 2, 1] };
  const prices = { x: [1, 2], open: [1, 2], high: [3, 4], low: [0, 1], close: [2, 3] };
  const [three, xs, ys] = [{ a: [1], b: [2], c: [3] }, { x }, { x, y }];
  const traces: Record<string, unknown> = {
    ...{ bar: ys, box: { y }, funnel: ys, histogram: xs, violin: { y }, waterfall: ys, scatter: ys },
    ...{ contour: { z }, histogram2d: ys, histogram2dcontour: ys, candlestick: prices, ohlc: prices },
    ...{ icicle: tree, sunburst: tree, treemap: tree, pie: tree, funnelarea: tree, scatterternary: three },
    ...{ barpolar: { r: x, theta: y }, scatterpolar: { r: x, theta: y }, scattersmith: { real: x, imag: y } },
    indicator: { value: 3, mode: 'number' },
    parcats: { dimensions: [{ values: x }, { values: y }] },
    sankey: { node: { label: ['a', 'b'] }, link: { source: [0], target: [1], value: [1] } },
    table: { header: { values: ['a'] }, cells: { values: [[1]] } },
  };
  for (const [type, trace] of Object.entries(traces)) {
    const axis = { visible: false, rangeslider: { visible: false } };
    const data = [{ ...(trace as object), type }];
    const pixels = await decodePng((await staticPng({ data, layout: { xaxis: axis, yaxis: { visible: false } } })).png);
    const white = find(pixels, [255, 255, 255]).length;
    assert.ok(white < pixels.width * pixels.height - 200, type);
  }
});

test('staticPng refuses at once what a browser alone draws, and says what it is', async () => {
  const source = 'https://example.com/cat.png';
  const refused: [object, object, RegExp][] = [
    ...[
      'surface',
      'scatter3d',
      'mesh3d',
      'splom',
      'parcoords',
      'scattermap',
      'scattergeo',
      'nosuch',
      'constructor',
    ].map((type): [object, object, RegExp] => [{ type }, {}, new RegExp(`type ${type} is drawn in a browser only`)]),
    [{ type: 'image', source: 'data:image/png;base64,iVBORw0KGgo=' }, {}, /the source of an image/],
    [{}, { images: [{ source }] }, /the picture https:\/\/example\.com\/cat\.png/],
  ];
  for (const [trace, layout, message] of refused) {
    await assert.rejects(staticPng({ data: [{ ...trace }], layout: { ...layout } }), message);
  }
});

test('staticPng measures bold text in its own weight', async () => {
  const annotation = {
    x: 0,
    y: 1,
    xref: 'paper',
    yref: 'paper',
    xanchor: 'left',
    showarrow: false,
    bordercolor: '#00ff00',
  };
  const widthOf = async (text: string) => {
    const layout = { annotations: [{ ...annotation, text }], xaxis: { visible: false }, yaxis: { visible: false } };
    const pixels = await decodePng((await staticPng({ data: [], layout })).png);
    const columns = find(pixels, [0, 255, 0]).map(({ column }) => column);
    return Math.max(...columns) - Math.min(...columns);
  };
  assert.ok((await widthOf('<b>probability</b>')) > (await widthOf('probability')) + 4);
});

test('staticPng keeps no tensor and no window of each figure: twenty leave the heap as it was', async () => {
  const figure = historyFigure(HISTORY, { metric: 'acc' });
  const draw = async (count: number) => {
    for (let i = 0; i < count; i++) await staticPng(figure, { width: 360 });
    await collectGarbage();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = await draw(3);
  const tensors = tf.memory().numTensors;
  const grown = (await draw(20)) - before;
  assert.equal(tf.memory().numTensors, tensors);
  assert.ok(grown < 8, `${grown.toFixed(1)} MB more after twenty figures`);
});

test('a program that draws a figure ends by itself, and one that does not loads neither jsdom nor Plotly', () => {
  const program = `
    const { staticPng } = require('./src/plots/static_png');
    const loaded = () => Object.keys(require.cache).some((path) => /node_modules.(jsdom|plotly|opentype)/.test(path));
    const before = loaded();
    staticPng({ data: [], layout: {} }).then(({ png }) => console.log(before, loaded(), png.length > 0));`;
  const output = execFileSync(process.execPath, [...typescript, '--eval', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.equal(output.trim(), 'false true true');
});
