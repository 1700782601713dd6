import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../support/root';
import { houseRules } from './house_rules';
import { type Cell, code, displayed, type Notebook, notebook, printed, prose } from './write_notebook';

const folder = path.join(root, 'notebooks');
const names = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));

test('there are notebooks', () => assert.notEqual(names.length, 0, folder));

for (const name of names) {
  const bytes = readFileSync(path.join(folder, name));
  const kept: Notebook = JSON.parse(bytes.toString());
  for (const [rule, check] of Object.entries(houseRules)) {
    test(`${name} ${rule}`, () => assert.deepEqual(check(kept, bytes.length), []));
  }
}

const sentence = 'You read a sentence of some fifteen words here, which tells you what comes next below.';
const figure = displayed({ 'application/vnd.plotly.v1+json': { data: [], layout: {} }, 'image/png': 'iVBORw0K' });
const ending = prose(`## Take-aways\n\n${sentence}\n\n## Exercises\n\n${sentence}`);
/** A notebook that keeps every rule, with `more` cells in its middle. */
const kept = (...more: Cell[]) =>
  notebook([
    prose(`# Title\n\n${sentence}`),
    code("import * as tf from '@tensorflow/tfjs-node';\nimport {\n  layers,\n} from 'thaw'; // Keras's names"),
    ...Array(11)
      .fill([prose(sentence), code('tf.ones([2]).shape', [printed('[ 2 ]\n')])])
      .flat(),
    ...more,
    prose(sentence),
    code('await plots.show(figure)', [figure], ['nbval-ignore-output']),
    ending,
  ]);
const aroundPlotly = [prose(sentence), code('figure', [displayed({ 'application/vnd.plotly.v1+json': {} })])];
const wide = Buffer.alloc(24);
wide.writeUInt32BE(1040, 16); // where a PNG has its width
const broken: Record<string, Notebook> = {
  'has 25 to 60 cells': kept(...Array(40).fill(prose(sentence))),
  'has as much prose as code': kept(...Array(9).fill(code('f(1)'))),
  'keeps prose cells short, but for the first and the last': kept(prose(sentence.repeat(8))),
  'keeps code cells short': kept(code('f(1);\n'.repeat(21))),
  'never has three code cells in a row': kept(code('f(1)'), code('f(2)'), code('f(3)')),
  'imports in its first code cell, and nothing else there': notebook([code("import * as a from 'a';\nconst b = 1;")]),
  'reads every figure aloud in the cell after it': kept(prose(sentence), code('figure', [figure]), code('f(1)')),
  'has one title, and ends with take-aways and exercises': kept(prose('# Another title')),
  'runs in the tslab kernel': { ...kept(), metadata: { kernelspec: { name: 'python3' } } },
  'keeps the outputs of one run from top to bottom, without an error': kept(code('f(1)', [{ output_type: 'error' }])),
  'names no folder of the machine it ran on': kept(code('f(1)', [printed('saved to /home/ada/thaw/best.keras\n')])),
  'has a picture beside every figure, for where Plotly is not drawn': kept(...aroundPlotly),
  'has no picture wider than a page: JupyterLab shows each pixel by pixel': kept(
    prose(sentence),
    code('figure', [displayed({ 'image/png': wide.toString('base64') })]),
  ),
  'spells tags as nbval knows them, and has no NBVAL comments': kept(code('f(1)', [], ['nbval-ignore-outputs'])),
  'lets nbval pass over what a cell says where there are drawings': kept(code('const { catsVsDogs } = datasets')),
  'prints at most 80 lines under a cell, but for a summary': kept(code('f(1)', [printed('line\n'.repeat(81))])),
};

test('a notebook that keeps every rule is left alone', () => {
  for (const [rule, check] of Object.entries(houseRules)) assert.deepEqual(check(kept(), 3e6), [], rule);
});

for (const [rule, check] of Object.entries(houseRules)) {
  test(`a notebook that breaks it is told: ${rule}`, () => {
    assert.notEqual(check(broken[rule] ?? kept(), 3.1e6).length, 0);
  });
}

test('photographs, kept as a picture alone, are a figure that is to be read aloud', () => {
  const photographs = kept(prose(sentence), code('figure', [displayed({ 'image/png': 'iVBORw0K' })]), code('f(1)'));
  assert.equal(houseRules['reads every figure aloud in the cell after it']!(photographs, 0).length, 1);
});
