import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { setUpCheckout } from '../scripts/checkout';
import { launchChromium, skipWithoutChromium } from '../support/chromium';
import { root } from '../support/root';
import { runWeb } from './run_web';

const { checkout, env, remove } = setUpCheckout();
const skip = skipWithoutChromium('the page was not opened in a browser');
const inCheckout = (...names: string[]) => path.join(checkout, ...names);
cpSync(path.join(root, 'web'), inCheckout('web'), { recursive: true });
after(() => remove());

const serve = (model: string) => runWeb(checkout, { ...env, INIT_CWD: checkout }, '--port', '0', '--model', model);

/** A model that gives these numbers for a white picture. */
async function save(name: string, numbers: number[], classNames?: string[]): Promise<void> {
  const dense = tf.layers.dense({ units: numbers.length, useBias: false });
  const model = tf.sequential({ layers: [tf.layers.globalAveragePooling2d({ inputShape: [4, 6, 3] }), dense] });
  dense.setWeights([tf.tensor2d([0, 0, 0].map(() => numbers.map((number) => number / 3 / 255)))]);
  await models.saveModel(model, inCheckout(name), { classNames });
}

test('the page has its title, labels and bars from the model', { skip }, async (t) => {
  writeFileSync(inCheckout('white.png'), await tf.node.encodePng(tf.fill([8, 8, 3], 255, 'int32') as tf.Tensor3D));
  await save('four.keras', [0, 2, 1, -1], ['fox', '<b>cat</b>', 'ибис', '猫']);
  await save('two.keras', [4], ['ape', 'bee']);
  await save('unnamed.keras', [0, 2, 1]);
  const browser = await launchChromium();
  t.after(() => browser.close());
  for (const [name, title, told, bars] of [
    ['four.keras', 'What is it?', ['<b>cat</b> 64.4 %', 'ибис 23.7 %', 'fox 8.7 %'], [64.4, 23.7, 8.7]],
    ['two.keras', 'Ape or bee?', ['bee 98.2 %'], [98.2]],
    [
      'unnamed.keras',
      'Class 0 or class 1 or class 2?',
      ['class 1 66.5 %', 'class 2 24.5 %', 'class 0 9.0 %'],
      [66.5, 24.5, 9],
    ],
  ] as const) {
    const web = await serve(name);
    t.after(() => web.interrupt());
    assert.ok(web.address, web.log());
    assert.equal(/carries no names of its classes/.test(web.log()), name === 'unnamed.keras');
    const page = await browser.newPage();
    await page.goto(web.address);
    await page.getByLabel('Drop pictures here').setInputFiles(inCheckout('white.png'));
    await page.locator('#results output[title]').waitFor();
    assert.deepEqual([await page.title(), await page.locator('h1').innerText()], [title, title]);
    assert.deepEqual(await page.locator('#results li :is(output, p)').allInnerTexts(), told);
    const widths = await page.evaluate<string[]>(
      "[...document.querySelectorAll('#results .bar div')].map((bar) => bar.style.width)",
    );
    assert.deepEqual(
      widths.map((width) => Number(Number.parseFloat(width).toFixed(1))),
      bars,
    );
    await page.close();
    await web.interrupt();
  }
});

test('a model that the page can not ask is refused', async () => {
  const features = tf.sequential({ layers: [tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [4, 4, 3] })] });
  await models.saveModel(features, inCheckout('features.keras'));
  for (const [name, message] of [
    ['lost.keras', /The page can't be made in .*lost\.keras/],
    ['features.keras', /Expected a model that tells classes apart/],
  ] as const) {
    const web = await serve(name);
    await web.interrupt();
    assert.equal(web.address, '');
    assert.match(web.log(), message);
  }
});
