import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { models } from '../../src';
import * as tf from '../../src/tf';
import { setUpCheckout } from './checkout';

const { checkout, env, remove } = setUpCheckout();
after(() => remove());

const inCheckout = (...names: string[]) => path.join(checkout, ...names);
const modelFile = inCheckout('results', 'fine_tuning.keras');
const picture = (colour: number[]) => tf.node.encodeJpeg(tf.fill([30, 40, 1], 1, 'int32').mul(colour) as tf.Tensor3D);
const predict = (...pictures: string[]) =>
  spawnSync(process.execPath, [inCheckout('scripts', 'predict.mjs'), ...pictures], {
    encoding: 'utf8',
    cwd: checkout,
    env: { ...env, INIT_CWD: inCheckout('pictures') },
  });

before(async () => {
  // A network that sees the mean brightness b, and is sure of a dog to sigmoid(8 b - 4).
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [12, 8, 3],
        filters: 1,
        kernelSize: 1,
        kernelInitializer: tf.initializers.constant({ value: 8 / 3 / 255 }),
      }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({
        units: 1,
        activation: 'sigmoid',
        kernelInitializer: 'ones',
        biasInitializer: tf.initializers.constant({ value: -4 }),
      }),
    ],
  });
  await models.saveModel(model, modelFile, { classNames: ['cat', 'dog'] });
  model.dispose();
  mkdirSync(inCheckout('pictures'));
  for (const [name, colour] of Object.entries({ black: [0, 0, 0], white: [255, 255, 255], grey: [160, 160, 160] })) {
    writeFileSync(inCheckout('pictures', `${name}.jpg`), await picture(colour));
  }
  writeFileSync(inCheckout('pictures', 'notes.txt'), 'no picture');
});

test('npm run predict names the class and its probability, and nothing else on stdout', () => {
  const { status, stdout, stderr } = predict('black.jpg', 'white.jpg', inCheckout('pictures', 'grey.jpg'));
  assert.equal(status, 0, stderr);
  const room = inCheckout('pictures', 'grey.jpg').length;
  assert.deepEqual(stdout.split('\n'), [
    `${'black.jpg'.padEnd(room)}  cat  98.2 %`,
    `${'white.jpg'.padEnd(room)}  dog  98.2 %`,
    `${inCheckout('pictures', 'grey.jpg')}  dog  73.5 %`,
    '',
  ]);
});

test('TensorFlow says nothing', () => {
  assert.match(predict('white.jpg').stderr, /Set-up is complete \([\d.]+ s\)\.\n$/, 'its end comes last');
});

test('what is missing or no picture is named, the others are predicted, and the exit code is 1', () => {
  const { status, stdout, stderr } = predict('lost.jpg', 'notes.txt', 'white.jpg');
  assert.equal(status, 1);
  assert.equal(stdout, 'white.jpg  dog  98.2 %\n');
  assert.match(stderr, /^lost\.jpg: Expected a JPEG.* Received: .*pictures\/lost\.jpg \(ENOENT/m);
  assert.match(stderr, /^notes\.txt: Expected a JPEG.* Received: .*pictures\/notes\.txt \(/m);
  assert.doesNotMatch(stderr, /at .*\.mjs:/, 'no stack');
});

test('a pipe and a picture that would fill the memory are named, not waited for', { timeout: 300_000 }, async () => {
  execFileSync('mkfifo', [inCheckout('pictures', 'pipe.jpg')]);
  const bomb = Buffer.from(await picture([0, 0, 0]));
  bomb.writeUInt32BE(0xffffffff, bomb.indexOf(Buffer.from([0xff, 0xc0])) + 5); // its height and width
  writeFileSync(inCheckout('pictures', 'bomb.jpg'), bomb);
  const { status, stdout, stderr } = predict('pipe.jpg', 'bomb.jpg', 'black.jpg');
  assert.equal(status, 1);
  assert.equal(stdout, 'black.jpg  cat  98.2 %\n');
  assert.match(
    stderr,
    /^pipe\.jpg: .* \(it is a named pipe, not a file\.\) Check the path, or take another picture\.$/m,
  );
  assert.match(stderr, /^bomb\.jpg: .* \(it has 65535 × 65535 pixels, and may have 100 million: make it smaller\.\)/m);
});

test('the name of a picture colours no terminal and breaks no line', async () => {
  const name = 'white\x1b[31m\n.jpg';
  writeFileSync(inCheckout('pictures', name), await picture([255, 255, 255]));
  const { status, stdout, stderr } = predict(name, `lost ${name}`);
  assert.equal(status, 1);
  assert.match(stdout, /^white\\u001b\[31m\\n\.jpg {7}dog {2}98\.2 %\n$/);
  assert.match(stderr, /^lost white\\u001b\[31m\\n\.jpg: .* Received: .*lost white\\u001b\[31m\\n\.jpg \(ENOENT/m);
  assert.ok(!(stdout + stderr).includes('\x1b'));
});

test('a model whose training went wrong takes a picture for nothing', async () => {
  const kept = inCheckout('kept.keras');
  renameSync(modelFile, kept);
  const model = await models.loadModel(kept);
  model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, Number.NaN)));
  await models.saveModel(model, modelFile);
  model.dispose();
  const { status, stdout, stderr } = predict('white.jpg');
  renameSync(kept, modelFile);
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^white\.jpg: The model gives no number: its training went wrong\. Train it anew\.$/m);
});

test('without a picture npm run predict says how it is used', () => {
  const { status, stderr } = predict();
  assert.equal(status, 1);
  assert.match(
    stderr,
    /Expected one picture or more\. Received: none\.\nUsage: npm run predict -- \[--model FILE\] \[--top NUMBER\] PICTURE\.\.\.\n$/,
  );
});

test('without a model, or with one that is damaged, npm run predict tells to run npm start', () => {
  const kept = inCheckout('kept.keras');
  renameSync(modelFile, kept);
  const missing = predict('white.jpg');
  writeFileSync(modelFile, 'half a model');
  const damaged = predict('white.jpg');
  rmSync(modelFile);
  renameSync(kept, modelFile);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /There is no model yet\. Expected: .*fine_tuning\.keras\. Run `npm start` first/);
  assert.equal(damaged.status, 1);
  assert.match(damaged.stderr, /Can't load the model.*fine_tuning\.keras.*run `npm start`, which trains it anew\.$/m);
  assert.doesNotMatch(damaged.stderr, /at .*\.mjs:/, 'no stack');
});

/** A model that gives for a white picture the numbers, whatever it does with them, and for a black one others. */
async function saved(
  name: string,
  numbers: number[],
  activation: 'linear' | 'softmax' | 'sigmoid',
  classNames?: string[],
) {
  const dense = tf.layers.dense({ units: numbers.length, activation, useBias: false });
  const pool = tf.layers.globalAveragePooling2d({ inputShape: [4, 6, 3] });
  const model = tf.sequential({ layers: [pool, dense] });
  dense.setWeights([tf.tensor2d([0, 0, 0].map(() => numbers.map((number) => number / 3 / 255)))]);
  await models.saveModel(model, inCheckout('pictures', name), { classNames });
  model.dispose();
}

test('npm run predict answers by the names of any model, for any number of classes, with or without a softmax', async () => {
  const names = ['fox', 'größere Katze', 'ибис', '猫'];
  const numbers = [0, 2, 1, -1];
  await saved('softmax.keras', numbers, 'softmax', names);
  await saved('logits.h5', numbers, 'linear', names);
  await saved('sigmoids.json', numbers, 'sigmoid', names);
  await saved('logit.keras', [4], 'linear', ['cat', 'dog']);
  for (const [model, top, told] of [
    ['softmax.keras', '1', 'größere Katze  64.4 %'],
    ['softmax.keras', '3', 'größere Katze  64.4 %, ибис  23.7 %, fox  8.7 %'],
    ['logits.h5', '9', 'größere Katze  64.4 %, ибис  23.7 %, fox  8.7 %, 猫  3.2 %'],
    ['sigmoids.json', '2', 'größere Katze  88.1 %, ибис  73.1 %'],
    ['logit.keras', '3', 'dog  98.2 %, cat  1.8 %'],
  ] as const) {
    const { status, stdout, stderr } = predict('--model', model, '--top', top, 'white.jpg');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `white.jpg  ${told}\n`);
    assert.doesNotMatch(stderr, /carries no names/);
  }
});

test('npm run predict says when a model carries no names, and gives no class that is not in it', async () => {
  await saved('unnamed.keras', [0, 2, 1], 'softmax');
  const { status, stdout, stderr } = predict('--model', 'unnamed.keras', '--top', '5', 'white.jpg');
  assert.equal(status, 0, stderr);
  assert.equal(stdout, 'white.jpg  class 1  66.5 %, class 2  24.5 %, class 0  9.0 %\n');
  assert.match(stderr, /^The model carries no names of its classes: here they have numbers, .*classNames \}\)`\.$/m);
});

test('npm run predict says what is wrong with the model or the number that it is given', async () => {
  await saved('always.keras', [1], 'softmax');
  await models.saveModel(
    tf.sequential({ layers: [tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [4, 4, 3] })] }),
    inCheckout('pictures', 'features.keras'),
  );
  await models.saveModel(
    tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] }),
    inCheckout('pictures', 'numbers.keras'),
  );
  for (const [args, message] of [
    [['--model', 'lost.keras'], /^Can't load the model\..*lost\.keras' \(ENOENT/m],
    [['--model', 'always.keras'], /^The model ends in a softmax of one unit, which gives 1 whatever the picture/m],
    [['--model', 'features.keras'], /^Expected a model that tells classes apart.* Received: \[null,4,4,1\]$/m],
    [['--model', 'numbers.keras'], /^Expected a model that takes pictures of one size.* Received: \[null,3\]$/m],
    [['--top', '0'], /^Expected --top to be a number from 1 on\. Received: '0'\.$/m],
  ] as const) {
    const { status, stdout, stderr } = predict(...args, 'white.jpg');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /at .*\.mjs:/, 'no stack');
  }
});
