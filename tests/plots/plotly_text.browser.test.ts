import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { historyFigure } from '../../src/plots/history';
import { imagesFigure } from '../../src/plots/images';
import * as tf from '../../src/tf';
import { launchChromium, skipWithoutChromium } from '../support/chromium';
import { TYPED } from './typed_texts';

const skip = skipWithoutChromium('no title was drawn by a browser');
let browser: Browser | undefined;
after(() => browser?.close());

test('titles are shown as they were typed in a browser, where MathJax is loaded, too', { skip }, async () => {
  browser = await launchChromium();
  const page = await browser.newPage();
  const strangers: string[] = [];
  page.on('request', (request) => /^(data|about):/.test(request.url()) || strangers.push(request.url()));
  page.on('dialog', (dialog) => strangers.push(dialog.message()) && dialog.dismiss());
  await page.setContent('<div id="images"></div><div id="history"></div>');
  await page.addScriptTag({ path: require.resolve('plotly.js-dist/plotly.js') });
  // A stand-in that notes what it is asked to typeset.
  await page.evaluate("formulas = 0; MathJax = { version: '3.2.2', get _() { formulas++; } }; 0");
  const titles = TYPED.map(([typed]) => typed);
  const pictures = titles.map(() => tf.zeros([4, 4, 3]) as tf.Tensor3D);
  const figures = {
    images: await imagesFigure(pictures, { titles }),
    history: historyFigure({ '<b>$m$</b> &lt;': [1, 2] }, { metric: '<b>$m$</b> &lt;' }),
  };
  tf.dispose(pictures);
  const text = async (selector: string) =>
    (await page.locator(selector).allTextContents()).map((each) => each.replace(/\s/g, ''));
  for (const [id, { data, layout, config }] of Object.entries(figures))
    await page.evaluate(
      `Plotly.newPlot('${id}', ${JSON.stringify(data)}, ${JSON.stringify(layout)}, ${JSON.stringify(config)})`,
    );
  assert.deepEqual(
    await text('#images .annotation-text'),
    TYPED.map(([, shown]) => shown.replace(/\s/g, '')),
  );
  assert.deepEqual(await text('#history .gtitle'), ['Training<b>$m$</b>&lt;']);
  assert.deepEqual(await text('#history .ytitle'), ['<b>$m$</b>&lt;']);
  assert.equal(await page.evaluate('formulas'), 0);
  assert.deepEqual(strangers, []);
  // Whoever gives Plotly a figure of his own has formulas.
  await page.evaluate("Plotly.newPlot('history', [], { title: { text: '$x$' } })");
  assert.notEqual(await page.evaluate('formulas'), 0);
});
