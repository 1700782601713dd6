import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodePredictions } from '../../src/applications/decode_predictions';
import { CLASS_INDEX_MIRROR } from '../../src/applications/mirrors/class_index_from_wheel';
import * as tf from '../../src/tf';
import { hasHash } from '../../src/utils/file_hash';
import { thawHome } from '../../src/utils/paths';
import { cutOff } from '../support/cut_off';
import { runKeras } from '../support/keras';
import { reportWorst } from '../support/parity';
import { temporaryHome } from '../support/temporary_home';

const FILE = 'imagenet_class_index.json';
test('decodePredictions() names the classes that Keras names, best first, with the same scores', async (t) => {
  const predictions = tf.tidy(() => tf.softmax(tf.randomNormal([3, 1000], 0, 3, 'float32', 1)));
  const index = join(thawHome(), 'models', FILE);
  const tensors = tf.memory().numTensors;
  const decoded = [await decodePredictions(predictions), await decodePredictions(predictions, { top: 3 })];
  assert.equal(tf.memory().numTensors, tensors);

  const { home } = temporaryHome();
  mkdirSync(join(home, 'models'));
  copyFileSync(index, join(home, 'models', FILE));
  const file = join(home, 'predictions.bin');
  writeFileSync(file, predictions.dataSync<'float32'>());
  predictions.dispose();
  const keras = JSON.parse(runKeras(join(__dirname, 'decode_predictions_keras.py'), file, home));

  const names = decoded.map((run) => run.map((picture) => picture.map((of) => [of.className, of.classDescription])));
  const expected = keras.decoded as [string, string, number][][][];
  assert.deepEqual(
    names,
    expected.map((run) => run.map((picture) => picture.map(([className, description]) => [className, description]))),
  );
  const scores = decoded.flat(2).map(({ score }) => score);
  const difference = expected.flat(2).map(([, , score], at) => Math.abs(score - scores[at]!));
  reportWorst(t, "decodePredictions()'s scores", Math.max(...difference), 0, 'difference');

  const narrow = tf.zeros([3, 10]);
  await assert.rejects(decodePredictions(narrow), ({ message }: Error) => message.startsWith(ours(keras.message)));
  narrow.dispose();

  writeFileSync(join(temporaryHome().assets, FILE), 'wrong bytes');
  cutOff(home);
  const wide = tf.zeros([1, 1000]);
  const [url, md5] = keras.asked as [string, string];
  await assert.rejects(
    decodePredictions(wide),
    ({ message }: Error) => message.includes(`expected md5:${md5};`) && message.includes(`- ${url}: no network`),
  );
  wide.dispose();
});

/** What Keras says of a wrong shape, in the words of TypeScript. */
function ours(message: string): string {
  return message
    .split('Received')[0]!
    .replace('decode_predictions', 'decodePredictions')
    .replace('array', 'tensor')
    .replace('(samples, 1000)', '[samples, 1000]');
}

test('the names of the classes can be made from a Python package, byte for byte', async () => {
  const { home } = temporaryHome();
  const path = join(home, FILE);
  await CLASS_INDEX_MIRROR.make(path);
  assert.ok(await hasHash(path, 'md5:c2c37ea517e94d9795004a39431a14cb'));
});

test('the folder of assets gives the names of the classes offline; without it one error lists what was tried', async () => {
  const one = tf.oneHot(tf.tensor1d([281], 'int32'), 1000);
  const index = join(thawHome(), 'models', FILE);
  const { home, assets } = temporaryHome();
  cutOff(home);
  await assert.rejects(
    decodePredictions(one),
    /No source has imagenet_class_index\.json[\s\S]*download\.tensorflow\.org/,
  );
  copyFileSync(index, join(assets, FILE));
  assert.deepEqual(await decodePredictions(one, { top: 1 }), [
    [{ className: 'n02123045', classDescription: 'tabby', score: 1 }],
  ]);
  one.dispose();
});
