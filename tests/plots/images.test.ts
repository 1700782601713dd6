import assert from 'node:assert/strict';
import test from 'node:test';
import type { Figure } from '../../src/plots/figure';
import { imagesFigure } from '../../src/plots/images';
import * as tf from '../../src/tf';

interface Placed {
  x: number;
  y: number;
  source: string;
  text: string;
  sizex: number;
  sizey: number;
}

/** The part of a page that is read. */
interface Document {
  querySelectorAll(selector: string): ArrayLike<{ textContent: string; getAttribute(name: string): string }>;
}

const imagesOf = ({ layout }: Figure) => layout.images as Placed[];
const titlesOf = ({ layout }: Figure) => layout.annotations as Placed[];

async function pixelsOf({ source }: Placed): Promise<number[]> {
  const image = tf.node.decodeImage(Buffer.from(source.split(',')[1] ?? '', 'base64'), 3);
  const pixels = Array.from(await image.data());
  image.dispose();
  return pixels;
}

test('imagesFigure holds each picture as JPEG, left to right and top to bottom', async () => {
  const batch = tf.concat([0, 100, 200, 250].map((value) => tf.fill([1, 8, 8, 3], value))) as tf.Tensor4D;
  const images = imagesOf(await imagesFigure(batch, { columns: 2 }));
  const values = await Promise.all(images.map(async (image) => (await pixelsOf(image))[0]!));
  for (const [i, value] of values.entries()) assert.ok(Math.abs(value - [0, 100, 200, 250][i]!) <= 2, `picture ${i}`);
  assert.ok(images[0]!.x < images[1]!.x && images[0]!.y === images[1]!.y);
  assert.ok(images[2]!.x === images[0]!.x && images[2]!.y < images[0]!.y);
});

test('imagesFigure clips values and takes grey pictures', async () => {
  const [dark, bright] = imagesOf(await imagesFigure([tf.fill([8, 8, 1], -40.4), tf.fill([8, 8, 1], 300.6)]));
  assert.ok((await pixelsOf(dark!)).every((value) => value <= 2));
  assert.ok((await pixelsOf(bright!)).every((value) => value >= 253));
});

test('imagesFigure keeps the tensors of its caller and no other', async () => {
  const batch: tf.Tensor4D = tf.zeros([2, 4, 4, 3]);
  const before = tf.memory().numTensors;
  await imagesFigure(batch, { titles: ['a', 'b'] });
  assert.equal(tf.memory().numTensors, before);
  assert.equal(batch.isDisposed, false);
});

test('imagesFigure leaves room above each picture for its title', async () => {
  const figure = await imagesFigure(tf.zeros([4, 4, 4, 3]) as tf.Tensor4D, {
    titles: ['cat', 'dog', 'a title of many words', 'cat'],
    columns: 2,
  });
  const [first, , third] = imagesOf(figure);
  const margin = figure.layout.margin as { t: number; b: number };
  const height = Number(figure.layout.height) - margin.t - margin.b;
  const room = (first!.y - first!.sizey - third!.y) * height;
  const lines = Math.max(...titlesOf(figure).map(({ text }) => text.split('<br>').length));
  assert.ok(room >= lines * 18, `${room} px for ${lines} lines`);
  assert.ok((1 - first!.y) * height >= lines * 18);
});

test('imagesFigure wraps long titles between words, and long words anywhere', async () => {
  const titles = ['probability 0.9731', 'cat_with_a_very_long_name.1234.jpg', 'cat'];
  const texts = titlesOf(await imagesFigure(tf.zeros([3, 4, 4, 3]) as tf.Tensor4D, { titles })).map(({ text }) => text);
  assert.equal(texts[0], 'probability<br>0.9731');
  assert.equal(texts[1]?.replaceAll('<br>', ''), titles[1]);
  assert.ok(texts.every((text) => text.split('<br>').every((line) => line.length <= 13)));
});

test('imagesFigure keeps a number with its %, and words that a space binds', async () => {
  const titles = ['a cat, 100.0 % dog', 'a dog, 0.3 %', '12\u00a0345 pictures'];
  const texts = titlesOf(await imagesFigure(tf.zeros([3, 4, 4, 3]) as tf.Tensor4D, { titles })).map(({ text }) => text);
  assert.deepEqual(texts, ['a cat,<br>100.0\u00a0% dog', 'a dog, 0.3\u00a0%', '12\u00a0345<br>pictures']);
});

test('imagesFigure has a page show the pictures in a grid, captions as they were typed', async () => {
  const titles = ['<b>cat</b> & "dog"\n\u202e', 'dog'];
  const figure = await imagesFigure(tf.zeros([2, 4, 4, 3]) as tf.Tensor4D, { titles, columns: 2 });
  const { JSDOM } = require('jsdom');
  const { document }: { document: Document } = new JSDOM(figure.html).window;
  const pictures = Array.from(document.querySelectorAll('figure > img'));
  const shown = ['<b>cat</b> & "dog" \\u202e', 'dog'];
  assert.deepEqual(
    Array.from(document.querySelectorAll('figcaption')).map(({ textContent }) => textContent),
    shown,
  );
  assert.deepEqual(
    pictures.map((picture) => picture.getAttribute('alt')),
    shown,
  );
  assert.deepEqual(
    pictures.map((picture) => picture.getAttribute('src')),
    imagesOf(figure).map(({ source }) => source),
  );
  assert.equal(document.querySelectorAll('b').length, 0);
  assert.doesNotMatch((await imagesFigure(tf.zeros([1, 4, 4, 3]) as tf.Tensor4D)).html!, /figcaption/);
});

test('imagesFigure says what it needs when there is no picture, a shape is odd or titles are missing', async () => {
  await assert.rejects(imagesFigure([]), /Received: no picture/);
  await assert.rejects(imagesFigure([tf.zeros([4, 4, 2])]), /Received: one of shape \(4, 4, 2\)/);
  await assert.rejects(
    imagesFigure([tf.zeros([4, 4, 3])], { titles: ['a', 'b'] }),
    /Received: 2 titles for 1 pictures/,
  );
  await assert.rejects(imagesFigure([tf.zeros([4, 4, 3])], { columns: 0 }), /Received: columns=0/);
});
