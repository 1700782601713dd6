import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { datasets, models, utils } from '../../src';
import * as tf from '../../src/tf';
import { setUpCheckout } from '../scripts/checkout';
import { launchChromium, skipWithoutChromium } from '../support/chromium';
import { reportWorst } from '../support/parity';
import { root } from '../support/root';
import { fineTuned } from './fine_tuned';
import { runWeb } from './run_web';

/** `npm run web` in a checkout with a model of its own, and its page in real Chromium. */
const { checkout, env, remove } = setUpCheckout();
const skip = skipWithoutChromium('the page was not opened in a browser');
const inCheckout = (...names: string[]) => path.join(checkout, ...names);
const modelFile = inCheckout('results', 'fine_tuning.keras');
const site = inCheckout('results', 'web');
const screenshots = path.join(root, 'results', 'screenshots');

let browser: Browser;
let pictures: string[];
let web: Awaited<ReturnType<typeof runWeb>>;

const run = (...args: string[]) => runWeb(checkout, env, ...args);

before(async () => {
  cpSync(path.join(root, 'web'), inCheckout('web'), { recursive: true });
  const folders = await datasets.catsVsDogs();
  const model = await fineTuned(folders.train, 24);
  await models.saveModel(model, modelFile, { classNames: ['cat', 'dog'] });
  pictures = ['cat/cat.1504.jpg', 'dog/dog.1502.jpg'].map((name) => path.join(folders.test, name));
  pictures.push(inCheckout('dog.1503.png'));
  const decoded = tf.node.decodeJpeg(readFileSync(path.join(folders.test, 'dog', 'dog.1503.jpg')), 3);
  writeFileSync(pictures.at(-1)!, await tf.node.encodePng(decoded));
  writeFileSync(inCheckout('notes.jpg'), 'no picture');
  mkdirSync(screenshots, { recursive: true });
  web = await run('--port', '0');
  assert.ok(web.address, web.log());
  if (!skip) browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await web?.interrupt();
  remove();
});

test('npm run web makes a folder for any web server, says how big it is, and serves it', async () => {
  assert.match(web.log(), /The page is in results\/web, 7[0-9] MB/);
  for (const name of ['index.html', 'style.css', 'cat_or_dog.js', 'tf.es2017.min.js', 'model/model.json']) {
    const response = await fetch(web.address + name);
    assert.equal((await response.arrayBuffer()).byteLength, statSync(path.join(site, name)).size, name);
  }
});

interface Answer {
  text: string;
  /** The probability of a dog. */
  dog: number;
  /** How much of the bar is filled, from 0 to 1. */
  bar: number;
}

/** Waits for what the newest cards say. */
async function answers(page: Page, count: number): Promise<Answer[]> {
  const cards = (await page.locator('#results li').all()).slice(0, count);
  return Promise.all(
    cards.map(async (card) => {
      const answer = card.locator('output');
      await answer.and(page.locator('[title], .problem output')).waitFor({ timeout: 300_000 });
      const [bar, filled] = [await card.locator('.bar').boundingBox(), await card.locator('.bar div').boundingBox()];
      const dog = Number((await answer.getAttribute('title'))?.split(': ')[1]);
      return { text: await answer.innerText(), dog, bar: (filled?.width ?? 0) / (bar?.width ?? 1) };
    }),
  );
}

/** Drops files on the page, as the browser does when a hand lets go of them. */
async function drop(page: Page, files: string[], x: number, y: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x, y, data });
  }
}

/** Pastes a file. */
async function paste(page: Page, file: string): Promise<void> {
  const bytes = JSON.stringify(readFileSync(file).toString('base64'));
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    const bytes = Uint8Array.from(atob(${bytes}), (character) => character.charCodeAt(0));
    clipboardData.items.add(new File([bytes], 'pasted.jpg', { type: 'image/jpeg' }));
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
  }`);
}

/** What the model says in Node, to a picture that was decoded in one way or another. */
function probability(model: tf.LayersModel, picture: tf.Tensor3D): number {
  return tf.tidy(() => (model.predict(picture.expandDims()) as tf.Tensor).dataSync()[0]!);
}

/** Decodes a JPEG with the exact transform, as browsers do; Keras, and so `loadImg`, takes TensorFlow's fast one. */
function decodeExactly(file: string): tf.Tensor3D {
  const decoded = tf.node.decodeJpeg(readFileSync(file), 3, 1, true, false, 1, 'INTEGER_ACCURATE');
  return tf.image.resizeBilinear(decoded, [180, 180], false, true);
}

test('the page says cat or dog as Node does, to pictures chosen, dropped and pasted', { skip }, async (t) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!/^(data|blob):/.test(url) && !url.startsWith(web.address)) strangers.push(url);
  });
  const tensors = () => page.evaluate<number>('tf.memory().numTensors');

  await page.goto(web.address);
  await page.getByText('The model is ready').waitFor({ timeout: 60_000 });
  t.diagnostic(await page.locator('#status').innerText());
  const before = await tensors();

  const [chosen, pasted, png] = pictures as [string, string, string];
  await page.getByLabel('Drop pictures here').setInputFiles(chosen);
  const shown = await answers(page, 1);
  assert.equal(await tensors(), before);
  await paste(page, pasted);
  shown.push(...(await answers(page, 1)));
  assert.equal(await tensors(), before);
  await drop(page, [inCheckout('notes.jpg'), png], 20, 880); // beside the zone
  const [notes, dropped] = (await answers(page, 2)) as [Answer, Answer];
  shown.push(dropped);
  assert.equal(await tensors(), before);
  await page.screenshot({ path: path.join(screenshots, 'cat_or_dog.png'), fullPage: true });

  assert.equal(notes.text, 'notes.jpg: This is no picture that your browser can read.');
  assert.deepEqual(errors, []);
  assert.deepEqual(strangers, []);
  for (const { text, dog, bar } of shown) {
    const sure = Math.max(dog, 1 - dog);
    assert.equal(text, `${dog < 0.5 ? 'cat' : 'dog'} ${(100 * sure).toFixed(1)} %`);
    assert.ok(Math.abs(bar - sure) < 0.01, `${text}: ${bar} of the bar is filled`);
  }
  assert.deepEqual(
    shown.map(({ text }) => text.slice(0, 3)),
    ['cat', 'dog', 'dog'],
  );

  const model = await models.loadModel(modelFile);
  const loaded = await Promise.all(pictures.map((file) => utils.loadImg(file, { targetSize: [180, 180] })));
  const exact = pictures.map((file, i) => (file === png ? loaded[i]! : decodeExactly(file)));
  const worst = (inputs: tf.Tensor3D[]) =>
    Math.max(...inputs.map((picture, i) => Math.abs(probability(model, picture) - shown[i]!.dog)));
  reportWorst(t, 'the page against Node, pictures decoded alike', worst(exact), 1e-4, 'probability');
  // TensorFlow's fast transform is up to 5 levels off: on 60 pictures this moved a doubting model by 0.067 at most.
  reportWorst(t, 'the page against Node, decoded by loadImg', worst(loaded), 0.1, 'probability');

  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, 'nothing sticks out on a phone');
  await page.screenshot({ path: path.join(screenshots, 'cat_or_dog_phone.png'), fullPage: true });
  await page.close();
});

test('where there is no WebGL, the page computes on the processor', { skip }, async (t) => {
  const without = await launchChromium('--disable-3d-apis', '--disable-software-rasterizer');
  t.after(() => without.close());
  const page = await without.newPage();
  await page.goto(web.address);
  const png = pictures.at(-1)!;
  await page.getByLabel('Drop pictures here').setInputFiles(png); // while the model is on its way
  const [shown] = await answers(page, 1);
  assert.match(await page.locator('#status').innerText(), /on the backend cpu\.$/);
  const model = await models.loadModel(modelFile);
  const expected = probability(model, await utils.loadImg(png, { targetSize: [180, 180] }));
  reportWorst(t, "the page on tfjs's cpu backend against Node", Math.abs(shown!.dog - expected), 1e-4, 'probability');
});

test('the page says so where the model is not there', { skip }, async () => {
  const model = path.join(site, 'model');
  renameSync(model, `${model}.away`);
  const page = await browser.newPage();
  await page.goto(web.address);
  await page.getByText('The model could not be loaded').waitFor();
  await page.getByLabel('Drop pictures here').setInputFiles(pictures[0]!);
  const [answer] = await answers(page, 1);
  assert.equal(answer?.text, 'cat.1504.jpg: The model could not be loaded.');
  await page.close();
  renameSync(`${model}.away`, model);
});

test('the page says so where the model gives no number', { skip }, async () => {
  const model = path.join(site, 'model');
  cpSync(model, `${model}.kept`, { recursive: true });
  // All bits set are NaN in float32.
  for (const name of readdirSync(model).filter((each) => each.endsWith('.bin')))
    writeFileSync(path.join(model, name), Buffer.alloc(statSync(path.join(model, name)).size, 0xff));
  const page = await browser.newPage();
  await page.goto(web.address);
  await page.getByLabel('Drop pictures here').setInputFiles(pictures[0]!);
  const [answer] = await answers(page, 1);
  assert.equal(answer?.text, 'cat.1504.jpg: The model gives no number: its training went wrong.');
  await page.close();
  rmSync(model, { recursive: true });
  renameSync(`${model}.kept`, model);
});

test('a port that is taken or none is refused', async () => {
  const port = new URL(web.address).port;
  for (const [typed, expected] of [
    [port, `Port ${port} can't be had (EADDRINUSE). Name another`],
    ['99999', "Expected a port from 0 (any that is free) to 65535. Received: '99999'."],
  ] as const) {
    const refused = await run('--port', typed);
    assert.equal(refused.code(), 1);
    assert.ok(refused.log().includes(expected), refused.log());
    assert.doesNotMatch(refused.log(), /at .*\.mjs:/, 'no stack');
  }
});

test('Ctrl-C ends the server, and the next time only what changed is made anew', async () => {
  const made = "the model in tfjs's format";
  assert.equal(await web.interrupt(), 130);
  await assert.rejects(fetch(web.address));
  assert.doesNotMatch(web.log(), /Traceback|Error/);
  assert.ok(web.log().includes(made));

  web = await run('--port', '0');
  await web.interrupt();
  assert.ok(!web.log().includes(made), web.log());

  utimesSync(modelFile, new Date(), new Date());
  web = await run('--port', '0');
  await web.interrupt();
  assert.ok(web.log().includes(made), web.log());
});

test('without a model npm run web tells to run npm start', async () => {
  rmSync(modelFile);
  const refused = await run('--port', '0');
  assert.equal(refused.code(), 1);
  assert.match(refused.log(), /There is no model yet\. Expected: .*fine_tuning\.keras\. Run `npm start` first/);
});
