import assert from 'node:assert/strict';
import test from 'node:test';
import { DataFrame } from 'danfojs-node';
import { tableHtml, tableText } from '../../src/plots/table';

test('tableText aligns numbers right and words left, with as many digits as are of use', () => {
  const table = new DataFrame([
    { epoch: 9, loss: 0.123456789, rate: 0.00001, name: 'cat' },
    { epoch: 20, loss: 2.5, rate: 0.0000123456, name: 'a dog' },
  ]);
  assert.equal(
    tableText(table),
    [
      '   epoch    loss        rate  name',
      '0      9  0.1235     0.00001  cat',
      '1     20  2.5000  0.00001235  a dog',
    ].join('\n'),
  );
});

test('tableHtml escapes what it shows and leaves missing values empty', () => {
  const html = tableHtml({ columns: ['a<b'], index: ['"x"'], values: [['<script>&']] });
  assert.match(html, /a&lt;b/);
  assert.match(html, /&quot;x&quot;/);
  assert.match(html, /&lt;script&gt;&amp;/);
  assert.doesNotMatch(html, /<script>/);
  assert.match(tableHtml({ columns: ['a'], index: [0], values: [[null]] }), /<td[^>]*><\/td>/);
});

test('tableHtml and tableText hold the same cells', () => {
  const table = {
    columns: ['stage', 'accuracy'],
    index: [1, 2],
    values: [
      ['features', 0.971],
      ['tuned', 1],
    ],
  };
  const cells = [...tableHtml(table).matchAll(/<t[hd][^>]*>([^<]*)</g)].map(([, cell]) => cell);
  assert.deepEqual(cells.filter(Boolean), tableText(table).split(/\s+/).filter(Boolean));
  assert.ok(cells.includes('1.0000'));
});

test('a table of one column, whose values danfojs gives bare, has a row for each', () => {
  assert.equal(tableText(new DataFrame({ a: [1, 2] })), '   a\n0  1\n1  2');
});

test('a long table shows its ends and says how long it is', () => {
  const index = Array.from({ length: 2000 }, (_, row) => row);
  const lines = tableText({ columns: ['n'], index, values: index.map((row) => [row]) }).split('\n');
  assert.equal(lines.length, 1 + 5 + 1 + 5 + 1);
  assert.match(lines.at(-2)!, /^1999 +1999$/);
  assert.equal(lines.at(-1), '2000 rows');
});
