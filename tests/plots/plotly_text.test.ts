import assert from 'node:assert/strict';
import test from 'node:test';
import type { Figure } from '../../src/plots/figure';
import { historyFigure } from '../../src/plots/history';
import { imagesFigure } from '../../src/plots/images';
import { plotlyText, textOfPlotly } from '../../src/plots/plotly_text';
import { plotlySvg } from '../../src/plots/plotly_window';
import { staticPng } from '../../src/plots/static_png';
import { tableHtml, tableText } from '../../src/plots/table';
import * as tf from '../../src/tf';
import { TYPED } from './typed_texts';

const font = require.resolve('@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf');

/** The SVG that the static picture is made of, parsed as strictly as XML is. */
async function drawn(figure: Figure): Promise<Document> {
  const { JSDOM } = require('jsdom');
  const svg = await plotlySvg(figure, { width: 520, height: 400 }, { regular: font, bold: font });
  return new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document;
}

interface Document {
  querySelectorAll(selector: string): ArrayLike<{ textContent: string; outerHTML: string }>;
}

const texts = (document: Document, selector: string) =>
  Array.from(document.querySelectorAll(selector)).map(({ textContent }) => textContent);
// A title is wrapped, within long words, too.
const unspaced = (text: string) => text.replace(/\s/g, '');

test('the titles of pictures are shown as they were typed', async () => {
  const titles = TYPED.map(([typed]) => typed);
  const pictures = titles.map(() => tf.zeros([4, 4, 3]) as tf.Tensor3D);
  const document = await drawn(await imagesFigure(pictures, { titles }));
  tf.dispose(pictures);
  assert.deepEqual(
    texts(document, '.annotation-text').map(unspaced),
    TYPED.map(([, shown]) => unspaced(shown)),
  );
  const tags = Array.from(document.querySelectorAll('.annotation-text *')).map(({ outerHTML }) => outerHTML);
  assert.deepEqual(
    tags.filter((tag) => !/^<tspan [^>]*class="line"/.test(tag)),
    [],
  );
});

test('the name of a metric is shown as it was typed: in the title, at its axis, in the plain twin and in an error', async () => {
  // A name of 3000 letters leaves no room for the curve.
  for (const [typed, shown] of TYPED.filter(([text]) => text.length < 100)) {
    const metric = `m ${typed}`;
    const figure = historyFigure({ [metric]: [1, 2], [`val_${metric}`]: [2, 3] }, { metric });
    const document = await drawn(figure);
    // In a metric's name `_` stands for a space.
    const spelled = (text: string) => unspaced(text).replace(/\\[nt]|_/g, '');
    assert.equal(spelled(texts(document, '.gtitle')[0]!), spelled(`Training and validation m ${shown}`));
    assert.equal(spelled(texts(document, '.ytitle')[0]!), spelled(`M ${shown}`));
    const { text } = figure.layout.title as { text: string };
    assert.equal(spelled(textOfPlotly(text)), spelled(`Training and validation m ${shown}`));
    assert.throws(
      () => historyFigure({ [metric]: [1] }, { metric: 'loss' }),
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be printed
      ({ message }: Error) => !/[\0-\x1f\u202e\ud83d](?![\udc00-\udfff])/.test(message),
    );
  }
});

test('a metric is one of those logged, not one that every object has', () => {
  assert.throws(() => historyFigure({ loss: [1] }, { metric: 'constructor' }), /one of loss\. Received: metric=constr/);
});

test('a picture is made of each title, of an empty and of a very long one, too', async () => {
  for (const title of [...TYPED.map(([typed]) => typed), '', 'x'.repeat(1e6)]) {
    const picture = tf.zeros([4, 4, 3]) as tf.Tensor3D;
    const { png, height } = await staticPng(await imagesFigure([picture], { titles: [title] }));
    picture.dispose();
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    assert.ok(height < 10_000, `${height} pixels`);
  }
});

test('textOfPlotly() leads back from plotlyText()', () => {
  for (const [, shown] of TYPED) assert.equal(textOfPlotly(plotlyText(shown)), shown);
});

test('cells, columns and rows of a table are shown as they were typed', () => {
  const { JSDOM } = require('jsdom');
  for (const [typed, shown] of TYPED) {
    const table = { columns: [typed], index: [typed], values: [[typed]] };
    const { document }: { document: Document } = new JSDOM(tableHtml(table)).window;
    // Where a title has a space, a cell tells what is in it.
    const expected = typed.includes('\n') ? 'a\\nb\\tc' : shown;
    assert.deepEqual(texts(document, 'th, td'), ['', expected, expected, expected]);
    assert.deepEqual(
      tableText(table)
        .split('\n')
        .map((line) => line.trim().replace(/ {2,}/g, '  ')),
      [expected, `${expected}  ${expected}`],
    );
  }
});
