import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { models } from '../../src';
import { writeHdf5 } from '../../src/saving/hdf5/hdf5';
import * as tf from '../../src/tf';
import { setUpCheckout } from './checkout';

const { checkout, env, remove } = setUpCheckout();
after(() => remove());

const inFolder = (...names: string[]) => path.join(checkout, 'models', ...names);
const convert = (...paths: string[]) =>
  spawnSync(process.execPath, [path.join(checkout, 'scripts', 'convert.mjs'), ...paths], {
    encoding: 'utf8',
    cwd: checkout,
    env: { ...env, INIT_CWD: inFolder() },
  });

const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2], name: 'dense' })] });
model.compile({ optimizer: 'rmsprop', loss: 'meanSquaredError' });

before(async () => {
  mkdirSync(inFolder());
  await models.saveModel(model, inFolder('model.keras'), { classNames: ['cat', 'dog', '猫'] });
});

test('npm run convert takes a model, and the names of its classes, from format to format and back', async () => {
  const stations = ['model.keras', 'model.h5', 'page/model.json', 'again.h5', 'again.keras'];
  const state = 'the state of its optimizer\n';
  const left = [`Left out: ${state}`, `Left out: how it was compiled, and ${state}`];
  for (const [index, to] of stations.slice(1).entries()) {
    const { status, stdout, stderr } = convert(stations[index]!, to);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${stations[index]} → ${to}: 9 parameters\n${left[index] ?? ''}`);
  }
  const loaded = await models.loadModel(inFolder('again.keras'));
  assert.deepEqual(loaded.getWeights()[0]!.dataSync(), model.getWeights()[0]!.dataSync());
  assert.deepEqual(models.classNames(loaded), ['cat', 'dog', '猫']);
});

test('the name of a file colours no terminal', () => {
  const { status, stdout, stderr } = convert('model.keras', 'a\x1b[31m.keras');
  assert.equal(status, 0, stderr);
  assert.equal(stdout, 'model.keras → a\\u001b[31m.keras: 9 parameters\n');
});

test('npm run convert says what is wrong, and writes nothing', async () => {
  await writeHdf5(inFolder('weights.h5'), (file) => file.create_attribute('layer_names', ['dense']));
  for (const [paths, message] of [
    [['model.keras'], /Expected two paths\. Received: 1\.\nUsage: npm run convert -- IN OUT/],
    [['missing.keras', 'out.h5'], /missing\.keras' \(ENOENT/],
    [['weights.h5', 'out.keras'], /weights\.h5' \(it holds weights and no model: .*loadWeights/],
    [['model.keras', 'out.onnx'], /expected the extension .*out\.onnx/],
  ] as const) {
    const { status, stdout, stderr } = convert(...paths);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.ok(!paths[1] || !existsSync(inFolder(paths[1])));
  }
});
