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
    ['epoch    loss        rate  name', '    9  0.1235     0.00001  cat', '   20  2.5000  0.00001235  a dog'].join(
      '\n',
    ),
  );
});

test('texts that are numbers stand as numbers do, in both forms; one word among them and they are words', () => {
  const table = {
    columns: ['accuracy', 'pictures', 'gain', 'name', 'time'],
    index: [0, 1],
    values: [
      ['97.45 %', '1,234', '–', '1', '1.5e-3'],
      ['100 %', '45', '−0.5', 'b', '12'],
    ],
  };
  assert.equal(
    tableText(table),
    [
      'accuracy  pictures  gain  name    time',
      ' 97.45 %     1,234     –  1     1.5e-3',
      '   100 %        45  −0.5  b         12',
    ].join('\n'),
  );
  const aligned = [...tableHtml(table).matchAll(/<th style="text-align: (\w+)">/g)].map(([, side]) => side);
  assert.deepEqual(aligned, ['right', 'right', 'right', 'left', 'right']);
});

test('an index that was set stays; one that only counts the rows is left out', () => {
  const table = (index: (string | number)[]) => tableText({ columns: ['a'], index, values: index.map(() => ['x']) });
  assert.equal(table([0, 1]), 'a\nx\nx');
  for (const index of [
    [1, 2],
    [1, 0],
    ['0', '1'],
    ['cat', 'dog'],
  ]) {
    assert.equal(table(index).split('\n').length, 3);
    assert.match(table(index), new RegExp(`^${index[0]} +x$`, 'm'));
  }
  assert.match(tableHtml({ columns: ['a'], index: ['cat'], values: [['x']] }), /<th[^>]*>cat<\/th><td[^>]*>x<\/td>/);
  assert.match(tableHtml({ columns: ['a'], index: [0], values: [['x']] }), /<tr><td[^>]*>x<\/td><\/tr>/);
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
  assert.equal(tableText(new DataFrame({ a: [1, 2] })), 'a\n1\n2');
});

test('a long table shows its ends and says how long it is', () => {
  const index = Array.from({ length: 2000 }, (_, row) => row);
  const lines = tableText({ columns: ['n'], index, values: index.map((row) => [row]) }).split('\n');
  assert.equal(lines.length, 1 + 5 + 1 + 5 + 1);
  assert.equal(lines.at(-2), '1999');
  assert.equal(lines.at(-1), '2000 rows');
});
