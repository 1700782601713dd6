import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { callbacks, models } from '../../src';
import { hdf5Library } from '../../src/saving/hdf5/hdf5';
import { readZip } from '../../src/saving/zip';
import * as tf from '../../src/tf';
import { root } from '../support/root';
import { zipOf } from '../support/zip_of';
import { temporaryFolder } from './written_models';

const folder = temporaryFolder('class-names');
const inFolder = (...names: string[]) => join(folder, ...names);
const FORMATS = ['named.keras', 'named.h5', 'page/model.json'];
const NAMES = ['cat', 'dog', 'größere Katze 猫'];

const classifier = (units: number) => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [2], name: 'dense' })] });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return model;
};

for (const format of FORMATS)
  test(`class names are loaded as they were saved, and go on with the model, as ${format}`, async () => {
    const model = classifier(3);
    const tensors = tf.memory().numTensors;
    await models.saveModel(model, inFolder(format), { classNames: NAMES });
    const loaded = await models.loadModel(inFolder(format));
    assert.deepEqual(models.classNames(loaded), NAMES);
    for (const other of FORMATS.map((name) => inFolder(`again_${name.replace('/', '_')}`))) {
      await models.saveModel(loaded, other);
      const again = await models.loadModel(other);
      assert.deepEqual(models.classNames(again), NAMES);
      again.dispose();
      again.optimizer?.dispose();
    }
    loaded.dispose();
    loaded.optimizer?.dispose();
    assert.equal(tf.memory().numTensors, tensors);
  });

test('a model that was built, or saved without class names, carries none', async () => {
  const model = classifier(1);
  assert.equal(models.classNames(model), undefined);
  assert.equal(models.classNames(tf.sequential()), undefined);
  for (const format of FORMATS) {
    await models.saveModel(model, inFolder(`without_${format.replace('/', '_')}`));
    const loaded = await models.loadModel(inFolder(`without_${format.replace('/', '_')}`));
    assert.equal(models.classNames(loaded), undefined);
  }
});

test('class names are for the last layer that the model was loaded with', async () => {
  await models.saveModel(classifier(3), inFolder('three.keras'), { classNames: NAMES });
  const loaded = (await models.loadModel(inFolder('three.keras'))) as tf.Sequential;
  loaded.pop();
  assert.equal(models.classNames(loaded), undefined);
  loaded.add(tf.layers.dense({ units: 3, inputShape: [2] }));
  assert.equal(models.classNames(loaded), undefined);
});

test('modelCheckpoint keeps the class names that it is given, and those that the model was loaded with', async () => {
  const [xs, ys] = [tf.zeros([4, 2]), tf.ones([4, 1])];
  const fit = async (model: tf.LayersModel, args: callbacks.ModelCheckpointArgs) => {
    await model.fit(xs, ys, { epochs: 1, verbose: 0, callbacks: [callbacks.modelCheckpoint(args)] });
    return models.loadModel(args.filepath);
  };
  const first = await fit(classifier(1), { filepath: inFolder('first.keras'), classNames: ['cat', 'dog'] });
  assert.deepEqual(models.classNames(first), ['cat', 'dog']);
  assert.deepEqual(models.classNames(await fit(first, { filepath: inFolder('next.keras') })), ['cat', 'dog']);
  const wrong = fit(classifier(1), { filepath: inFolder('wrong.keras'), classNames: NAMES });
  await assert.rejects(wrong, /the model's 2 classes in a list\. Received: 3 names/);
});

// What is no list of the names of three classes, and what is said of it.
const WRONG: [names: unknown, message: RegExp][] = [
  [['cat', 'dog'], /the model's 3 classes in a list\. Received: 2 names/],
  [Array.from({ length: 100_000 }, String), /Received: 100000 names/],
  [{ length: 3 }, /in a list\. Received: \{"length":3\}/],
  ['cat', /in a list\. Received: "cat"/],
  [null, /in a list\. Received: null/],
  [['cat', 'dog', 3], /each a text that can be printed, of 1 to 1000 characters\. Received: 3 as number 2/],
  [['cat', '', 'dog'], /Received: "" as number 1/],
  [['cat', 'dog', 'x'.repeat(1001)], /Received: "x+ as number 2/],
  [['\x1b[31mcat', 'dog', 'fox'], /Received: "\\u001b\[31mcat" as number 0/],
  [['cat', 'd\u202eog', 'fox'], /Received: "d\\u202eog" as number 1/],
  [['cat', 'dog\n', 'fox'], /Received: "dog\\n" as number 1/],
  [['cat', '\ud800', 'fox'], /Received: "\\ud800" as number 1/],
  [['cat', 'dog', 'cat'], /each another\. Received: 'cat' twice/],
];

test('class names that are not the classes of the model are refused before anything is written', async () => {
  const model = classifier(3);
  for (const [names, message] of WRONG) {
    for (const format of FORMATS.map((name) => inFolder('refused', name))) {
      const saved: Promise<void> = Reflect.apply(models.saveModel, models, [model, format, { classNames: names }]);
      await assert.rejects(saved, message);
    }
  }
  assert.ok(!existsSync(inFolder('refused')));
  const features = tf.sequential({ layers: [tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] })] });
  await assert.rejects(
    models.saveModel(features, inFolder('refused.keras'), { classNames: ['cat', 'dog'] }),
    /for a model with one output \[batch, units\]\. Received: \[null,4,4,2\]/,
  );
});

/** Puts another `metadata.json` into a `.keras`, or none. */
async function putMetadata(path: string, metadata?: string): Promise<void> {
  const config = await readZip(path, 'config.json', 'model.weights.h5', inFolder('weights'));
  const members: [string, Buffer][] = [
    ['config.json', Buffer.from(config)],
    ['model.weights.h5', readFileSync(inFolder('weights'))],
  ];
  if (metadata !== undefined) members.push(['metadata.json', Buffer.from(metadata)]);
  writeFileSync(path, await zipOf(members));
}

/** Puts into a file, in the place of its class names, what a program of someone else's might have written. */
async function putNames(path: string, names: unknown): Promise<void> {
  if (path.endsWith('.json')) {
    const json = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...json, userDefinedMetadata: { classNames: names } }));
  } else if (path.endsWith('.keras')) {
    await putMetadata(path, JSON.stringify({ class_names: names }));
  } else {
    const { File } = await hdf5Library();
    const file = new File(path, 'a');
    file.delete_attribute('class_names');
    file.create_attribute('class_names', JSON.stringify(names), [], 'S');
    file.close();
  }
}

/** Loads a model, and gives what it warned of. */
async function loadWarned(path: string): Promise<{ loaded: tf.LayersModel; told: string }> {
  const warn = mock.method(console, 'warn', () => {});
  try {
    const loaded = await models.loadModel(path);
    return { loaded, told: warn.mock.calls.map((call) => String(call.arguments[0])).join('\n') };
  } finally {
    warn.mock.restore();
  }
}

for (const format of FORMATS)
  test(`a model whose file has other class names than its own is loaded without, as ${format}`, async () => {
    const path = inFolder('wrong', format);
    for (const [names, message] of WRONG) {
      await models.saveModel(classifier(3), path, { classNames: NAMES });
      await putNames(path, names);
      const { loaded, told } = await loadWarned(path);
      assert.equal(models.classNames(loaded), undefined);
      assert.match(told, /^The model in '.*' is loaded without its class names: Expected /);
      assert.match(told, message);
    }
  });

test('a .keras is loaded whatever its metadata.json, of which Keras reads nothing', async () => {
  const path = inFolder('metadata.keras');
  for (const [metadata, message] of [
    [undefined, /^$/],
    ['[]', /^$/],
    ['{}', /^$/],
    ['{ "class_names": ', /without its class names: .*JSON/],
    [' '.repeat(5 * 2 ** 20), /without its class names: its member 'metadata\.json' of 5242880 bytes is no model's/],
  ] as const) {
    await models.saveModel(classifier(3), path, { classNames: NAMES });
    await putMetadata(path, metadata);
    const { loaded, told } = await loadWarned(path);
    assert.equal(models.classNames(loaded), undefined);
    assert.match(told, message);
  }
});

test('tfjs alone opens a model.json with class names, and tells them', async () => {
  const path = inFolder('page', 'model.json');
  await models.saveModel(classifier(3), path, { classNames: NAMES });
  const script = `const tf = require('@tensorflow/tfjs-node');
    tf.loadLayersModel('file://' + process.argv[1]).then((model) => {
      console.log(JSON.stringify([model.outputs[0].shape, model.getUserDefinedMetadata()]));
    });`;
  const stdout = execFileSync(process.execPath, ['-e', script, path], { encoding: 'utf8', cwd: root });
  assert.deepEqual(JSON.parse(stdout.trim().split('\n').at(-1)!), [[null, 3], { classNames: NAMES }]);
});
