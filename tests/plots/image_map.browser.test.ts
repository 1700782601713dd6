import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { imageMapFigure } from '../../src/plots/image_map';
import { pointedHtml } from '../../src/plots/pointed_html';
import { staticPng } from '../../src/plots/static_png';
import * as tf from '../../src/tf';
import { launchChromium, skipWithoutChromium } from '../support/chromium';

const skip = skipWithoutChromium('no picture was pointed at');
let browser: Browser | undefined;
after(() => browser?.close());

test('a picture appears inside the page where its point is pointed at, and by the Tab key', { skip }, async () => {
  const red = tf.tile(tf.tensor4d([255, 0, 0], [1, 1, 1, 3]), [4, 8, 8, 1]) as tf.Tensor4D;
  const points = [
    [0, 0],
    [9, 0],
    [0, 9],
    [9, 9],
  ];
  const titles = ['south-west', 'south-east', 'north-west', 'north-east'];
  const figure = await imageMapFigure(points, red, { labels: ['a', 'b', 'a', 'b'], titles });
  const { png } = await staticPng(figure);
  browser = await launchChromium();
  for (const width of [360, 900]) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    await page.setContent(`<body style="margin: 0">${pointedHtml(png, 'a map', figure.pointed!)}`);
    const shown = (place: number): Promise<unknown> =>
      page.evaluate(`(() => {
        const style = getComputedStyle(document.querySelectorAll('i')[${place}], '::before');
        return [style.content, /^url\\("data:image\\/jpeg/.test(style.backgroundImage)];
      })()`);
    for (const [place, title] of titles.entries()) {
      assert.deepEqual(await shown(place), ['none', false]);
      await page.locator('i').nth(place).hover();
      assert.deepEqual(await shown(place), [`"${title}"`, true]);
      const box = await page.screenshot();
      const pixels = tf.node.decodePng(box, 3);
      // Half of the width of a picture away from the point, towards the middle: its own red, not the page's white.
      const { x, y } = (await page.locator('i').nth(place).boundingBox())!;
      const to = (from: number, size: number) => Math.round(from + 8 + (from > size / 2 ? -70 : 70));
      const mapHeight = (await page.locator('img').boundingBox())!.height;
      const [r, g, b] = pixels.slice([to(y, mapHeight), to(x, Math.min(width, 720)), 0], [1, 1, 3]).dataSync();
      assert.ok(r! > 230 && g! < 40 && b! < 40, `${title} at ${width}: ${r} ${g} ${b}`);
    }
    await page.mouse.move(width / 2, 899);
    await page.keyboard.press('Tab');
    assert.deepEqual(await shown(0), ['"south-west"', true]);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
    await page.close();
  }
});
