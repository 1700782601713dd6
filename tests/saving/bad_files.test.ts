import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Group, writeHdf5 } from '../../src/saving/hdf5/hdf5';
import { loadModel } from '../../src/saving/load_model';
import { loadWeights } from '../../src/saving/load_weights';
import { saveModel } from '../../src/saving/save_model';
import { writeZip } from '../../src/saving/zip';
import * as tf from '../../src/tf';

const folder = mkdtempSync(join(tmpdir(), 'thaw-bad-'));
const inFolder = (name: string) => join(folder, name);
after(() => rmSync(folder, { recursive: true }));

const model = tf.sequential({ name: 'small' });
model.add(tf.layers.dense({ units: 3, inputShape: [2], name: 'first' }));
model.add(tf.layers.dense({ units: 1, name: 'second' }));

async function writeLegacy(path: string, layers: Record<string, number[][]>): Promise<void> {
  await writeHdf5(path, (file) => {
    file.create_attribute('layer_names', Object.keys(layers));
    for (const [name, shapes] of Object.entries(layers)) {
      const group = file.create_group(name);
      group.create_attribute(
        'weight_names',
        shapes.map((_, index) => `${name}_${index}`),
      );
      shapes.forEach((shape, index) => {
        const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(7);
        group.create_dataset({ name: `${name}_${index}`, data, shape, dtype: '<f' });
      });
    }
  });
}

/** That `act` fails with `message`, and leaves weights and tensors as they were. */
async function assertUntouched(act: () => Promise<unknown>, message: RegExp): Promise<void> {
  const weights = () => model.getWeights().map((weight) => [...weight.dataSync()]);
  const before = weights();
  const tensors = tf.memory().numTensors;
  await assert.rejects(act, (error: Error) => {
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(weights(), before);
  assert.equal(tf.memory().numTensors, tensors);
}

before(async () => {
  await saveModel(model, inFolder('good.keras'));
  await writeLegacy(inFolder('good.h5'), { first: [[2, 3], [3]], second: [[3, 1], [1]] });
  writeFileSync(inFolder('text.h5'), 'not an HDF5 file at all');
  const bytes = readFileSync(inFolder('good.h5'));
  writeFileSync(inFolder('truncated.h5'), bytes.subarray(0, bytes.length - 40));
});

test('loadWeights() sets every layer and leaks nothing', async () => {
  const tensors = tf.memory().numTensors;
  await loadWeights(model, inFolder('good.h5'));
  assert.deepEqual([...model.layers[1]!.getWeights()[0]!.dataSync()], [7, 7, 7]);
  assert.equal(tf.memory().numTensors, tensors);
});

for (const [name, message] of Object.entries({
  'missing.h5': /missing\.h5' \(ENOENT/,
  'text.h5': /text\.h5', which is no HDF5 file/,
  'truncated.h5': /truncated\.h5' is truncated or damaged[\s\S]*\(truncated file: eof = /,
})) {
  test(`loadWeights() names ${name}, and changes nothing`, () =>
    assertUntouched(() => loadWeights(model, inFolder(name)), message));
}

test('loadWeights() names the layers of another network and of the model', async () => {
  await writeLegacy(inFolder('other.h5'), { conv1: [[3, 3, 3, 8], [8]] });
  await assertUntouched(
    () => loadWeights(model, inFolder('other.h5')),
    /other\.h5' don't fit the model 'small'[\s\S]*first, second[\s\S]*conv1[\s\S]*first: not in the file[\s\S]*conv1: not in the model/,
  );
});

test('loadWeights() names each shape that does not fit, before it sets any', async () => {
  await writeLegacy(inFolder('shapes.h5'), { first: [[2, 3], [3]], second: [[4, 1], [1]] });
  await assertUntouched(
    () => loadWeights(model, inFolder('shapes.h5')),
    /second\/kernel: expected shape \[3,1\]\. Received: \[4,1\]/,
  );
});

test('loadWeights() goes by the order of the layers where their names are others', async () => {
  // In the order of their names it would be the other way round.
  await writeLegacy(inFolder('renamed.h5'), { z: [[2, 3], [3]], a: [[3, 1], [1]] });
  const renamed = tf.sequential({ name: 'renamed' });
  renamed.add(tf.layers.dense({ units: 3, inputShape: [2] }));
  renamed.add(tf.layers.dense({ units: 1 }));
  await loadWeights(renamed, inFolder('renamed.h5'));
  assert.ok(renamed.getWeights().every((weight) => weight.dataSync().every((value) => value === 7)));
  renamed.dispose();
});

test('loadWeights() names what does not fit in order, in the model and in the file, and changes nothing', async () => {
  await writeLegacy(inFolder('disordered.h5'), { a: [[3, 1], [1]], b: [[2, 3]] });
  await assertUntouched(
    () => loadWeights(model, inFolder('disordered.h5')),
    /first\/kernel \(in the file: a\): expected shape \[2,3\]\. Received: \[3,1\][\s\S]*second \(in the file: b\): expected 2 weights\. Received: 1/,
  );
});

test('loadWeights() refuses a file that lists a layer twice, though as many as the model has', async () => {
  await writeHdf5(inFolder('twice.h5'), (file) => {
    file.create_attribute('layer_names', ['a', 'a']);
    const group = file.create_group('a');
    group.create_attribute('weight_names', ['kernel', 'bias']);
    group.create_dataset({ name: 'kernel', data: new Float32Array(6), shape: [2, 3], dtype: '<f' });
    group.create_dataset({ name: 'bias', data: new Float32Array(3), shape: [3], dtype: '<f' });
  });
  await assertUntouched(() => loadWeights(model, inFolder('twice.h5')), /twice\.h5' \(it lists 'a' twice\)/);
});

test('loadWeights() refuses a file that lists an array twice, in one layer or in one within another', async () => {
  const array = { data: new Float32Array(6), shape: [2, 3], dtype: '<f' };
  const write = (name: string, layers: Record<string, string[]>) =>
    writeHdf5(inFolder(name), (file) => {
      file.create_attribute('layer_names', Object.keys(layers));
      file
        .create_group('a')
        .create_group('b')
        .create_dataset({ name: 'kernel', ...array });
      for (const [layer, weights] of Object.entries(layers)) {
        (file.get(layer) as Group).create_attribute('weight_names', weights);
      }
    });
  await write('names.h5', { a: ['b/kernel', 'b//kernel'] });
  await write('within.h5', { a: ['b/kernel'], 'a/b': ['kernel'] });
  await assertUntouched(() => loadWeights(model, inFolder('names.h5')), /it lists 'b\/\/kernel' twice/);
  await assertUntouched(() => loadWeights(model, inFolder('within.h5')), /it lists 'kernel' twice/);
});

test('loadWeights() refuses an HDF5 file without layers', async () => {
  await writeHdf5(inFolder('empty.h5'), (file) => file.create_attribute('title', 'nothing'));
  await assertUntouched(
    () => loadWeights(model, inFolder('empty.h5')),
    /empty\.h5' \(it is an HDF5 file without Keras's layers/,
  );
});

test('loadWeights() reads lists of names that Keras cut into pieces', async () => {
  await writeHdf5(inFolder('pieces.h5'), (file) => {
    file.create_attribute('layer_names0', ['first']);
    file.create_attribute('layer_names1', ['second']);
    for (const [name, shapes] of Object.entries({ first: [[2, 3], [3]], second: [[3, 1], [1]] })) {
      const group = file.create_group(name);
      shapes.forEach((shape, index) => {
        group.create_attribute(`weight_names${index}`, [`${index}`]);
        const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(8);
        group.create_dataset({ name: `${index}`, data, shape, dtype: '<f' });
      });
    }
  });
  await loadWeights(model, inFolder('pieces.h5'));
  assert.ok(model.getWeights().every((weight) => weight.dataSync().every((value) => value === 8)));
});

test('loadWeights() reads a file anew that was damaged before, and several at once', async () => {
  const path = inFolder('mended.h5');
  const bytes = readFileSync(inFolder('good.h5'));
  writeFileSync(path, bytes.subarray(0, bytes.length - 40));
  await assert.rejects(loadWeights(model, path), { name: 'ModelFileError', path });
  writeFileSync(path, bytes);
  await Promise.all([loadWeights(model, path), loadWeights(model, inFolder('good.h5')), loadWeights(model, path)]);
  assert.deepEqual([...model.layers[1]!.getWeights()[0]!.dataSync()], [7, 7, 7]);
});

test('loadModel() keeps the initializers, though it runs none', async () => {
  const loaded = await loadModel(inFolder('good.keras'));
  const { kernelInitializer } = loaded.getLayer('first').getConfig() as { kernelInitializer: { className: string } };
  assert.equal(kernelInitializer.className, 'VarianceScaling');
  loaded.dispose();
});

test('loadModel() names a file that is missing, no zip, truncated, or lacks a member', async () => {
  writeFileSync(inFolder('text.keras'), 'not a zip');
  const bytes = readFileSync(inFolder('good.keras'));
  writeFileSync(inFolder('truncated.keras'), bytes.subarray(0, bytes.length / 2));
  await writeZip(inFolder('lacking.keras'), [{ name: 'config.json', text: '{}' }]);
  for (const [name, message] of Object.entries({
    'missing.keras': /missing\.keras' \(ENOENT/,
    'text.keras': /text\.keras' \(/,
    'truncated.keras': /truncated\.keras' \(/,
    'lacking.keras': /lacking\.keras' \(it has no member 'model\.weights\.h5', only config\.json/,
  })) {
    await assertUntouched(() => loadModel(inFolder(name)), message);
  }
});

test('saveModel() names a path that cannot be written', async () => {
  await assertUntouched(() => saveModel(model, inFolder('text.h5/model.keras')), /text\.h5\/model\.keras': its folder/);
});

test('saveModel() makes folders and leaves nothing else behind', async () => {
  await saveModel(model, inFolder('deep/er/model.keras'));
  assert.deepEqual(readdirSync(inFolder('deep/er')), ['model.keras']);
});

test('the error prints the name of a file, and what is said of it, as it can be printed', async () => {
  await assert.rejects(loadModel(inFolder('red\x1b[31m.keras')), (error: Error) => {
    assert.match(error.message, /red\\u001b\[31m\.keras' \(ENOENT/);
    assert.ok(!error.message.includes('\x1b'));
    return true;
  });
  await assert.rejects(saveModel(model, inFolder('red\x1b[31m.txt')), /red\\u001b\[31m\.txt'/);
});
