import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as layers from '../../src/layers';
import { loadModel } from '../../src/saving/load_model';
import { loadWeights } from '../../src/saving/load_weights';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import { formatSummary } from '../../src/tfjs/summary';
import { relativeError, reportWorst } from '../support/parity';
import { setEnv } from '../support/set_env';
import { pictures, predictions, trained } from './trained_model';

const folder = mkdtempSync(join(tmpdir(), 'thaw-formats-'));
const inFolder = (...names: string[]) => join(folder, ...names);
after(() => rmSync(folder, { recursive: true }));

let model: tf.LayersModel;

before(async () => {
  model = await trained();
  const [least, greatest] = [Math.min(...predictions(model)), Math.max(...predictions(model))];
  assert.ok(greatest - least > 0.05, `predictions that tell models apart: ${least} to ${greatest}`);
  await saveModel(model, inFolder('thaw.h5'));
  writeFileSync(inFolder('pictures.f32'), pictures.dataSync());
});

for (const format of ['whole.keras', 'whole.h5', 'model.json'])
  test(`loadModel() gives back what saveModel() took, as ${format}, and leaks nothing`, async () => {
    const tensors = tf.memory().numTensors;
    await saveModel(model, inFolder('round', format));
    const loaded = await loadModel(inFolder('round', format));
    assert.deepEqual(predictions(loaded), predictions(model));
    assert.deepEqual(
      loaded.trainableWeights.map(({ originalName }) => originalName),
      model.trainableWeights.map(({ originalName }) => originalName),
    );
    const compiled = format !== 'model.json';
    assert.equal(loaded.optimizer !== undefined, compiled);
    if (format === 'whole.keras') assert.equal(loaded.optimizer.iterations, model.optimizer.iterations);
    const rows = (text: string) => text.split('\n').filter((line) => !/Optimizer|Total/.test(line));
    assert.deepEqual(rows(formatSummary(loaded)), rows(formatSummary(model)));
    if (!compiled) assert.deepEqual(loaded.toJSON(null, false), model.toJSON(null, false));
    loaded.dispose();
    loaded.optimizer?.dispose();
    assert.equal(tf.memory().numTensors, tensors);
  });

test('loadWeights() reads the weights of a whole .h5, in which those that train stand first', async () => {
  const other = await trained();
  await loadWeights(other, inFolder('thaw.h5'));
  assert.deepEqual(predictions(other), predictions(model));
});

/** One of each layer that tfjs by itself lacks, or has in part. */
function withStandIns(): tf.LayersModel {
  const norm = layers.normalization({ name: 'standard' });
  const inputs = tf.input({ shape: [8, 8, 3] });
  let x = inputs;
  for (const layer of [
    norm,
    layers.normalization({ mean: [0.1, 0.2, 0.3], variance: [1, 2, 3] }),
    tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'swish' }),
    layers.globalMaxPooling2d({ keepdims: true, name: 'one_by_one' }),
    tf.layers.reshape({ targetShape: [2, -1] }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 1 }),
  ])
    x = layer.apply(x) as tf.SymbolicTensor;
  tf.tidy(() => norm.setWeights([tf.tensor([0.4, 0.5, 0.6]), tf.tensor([0.01, 0, 4]), tf.scalar(7)]));
  return tf.model({ inputs, outputs: x });
}

for (const [name, make] of Object.entries({ augmentation: trained, 'stand-ins': async () => withStandIns() }))
  test(`a model.json needs nothing but tfjs, and is read back as it was: ${name}`, async (t) => {
    const model = await make();
    await saveModel(model, inFolder('page', 'model.json'));
    const script = `
    const tf = require('@tensorflow/tfjs');
    const fs = require('fs');
    const { modelTopology, weightsManifest } = JSON.parse(fs.readFileSync('model.json'));
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
    const bytes = Buffer.concat(weightsManifest.flatMap(({ paths }) => paths.map((path) => fs.readFileSync(path))));
    const weightData = new Uint8Array(bytes).buffer;
    tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData })).then((model) => {
      const pictures = tf.tensor(new Float32Array(new Uint8Array(fs.readFileSync('../pictures.f32')).buffer), [32, 8, 8, 3]);
      console.log(JSON.stringify([...model.predict(pictures).dataSync()]));
    });`;
    const answer = execFileSync(process.execPath, ['-e', script], {
      cwd: inFolder('page'),
      env: { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const predicted = JSON.parse(answer.trim().split('\n').at(-1)!) as number[];
    reportWorst(
      t,
      `model.json, saved here, opened by tfjs in JavaScript alone (${name})`,
      relativeError(predicted, predictions(model)),
      1e-4,
    );

    const loaded = await loadModel(inFolder('page', 'model.json'));
    assert.deepEqual(predictions(loaded), predictions(model));
    assert.deepEqual(
      loaded.layers.map((layer) => layer.getClassName()),
      model.layers.map((layer) => layer.getClassName()),
    );
  });

test('a model.json keeps the weights of a layer that another stands in for, and refuses them damaged', async () => {
  const model = withStandIns();
  const path = inFolder('kept', 'model.json');
  await saveModel(model, path);
  const loaded = await loadModel(path);
  const weights = (made: tf.LayersModel) =>
    made.getLayer('standard').weights.map((weight) => [weight.originalName, [...weight.read().dataSync()]]);
  assert.deepEqual(weights(loaded), weights(model));
  loaded.dispose();
  model.dispose();
  const text = readFileSync(path, 'utf8');
  const tensors = tf.memory().numTensors;
  for (const damaged of [
    '{"shape":[-3],"values":[]}',
    '{"shape":[3],"values":[1,2]}',
    '{"shape":[1],"values":[1]}',
    '3',
  ])
    for (const name of ['standard/mean', 'other/mean']) {
      writeFileSync(path, text.replace(/"standard\/mean":\{[^}]*\}/, `"${name}":${damaged}`));
      await assert.rejects(loadModel(path), { name: 'ModelFileError', path });
    }
  assert.equal(tf.memory().numTensors, tensors);
});

test('loadModel() reads no weights from outside the folder of a model.json', async () => {
  await saveModel(withStandIns(), inFolder('outside', 'in', 'model.json'));
  const [json, shard] = readdirSync(inFolder('outside', 'in')).sort().reverse();
  assert.ok(json === 'model.json' && shard);
  renameSync(inFolder('outside', 'in', shard), inFolder('outside', shard));
  const path = inFolder('outside', 'in', json);
  writeFileSync(path, readFileSync(path, 'utf8').replace(shard, `../${shard}`));
  await assert.rejects(loadModel(path), /its weights lie outside its folder: '\.\.\/model-/);
});

test('saveModel() names a layer that tfjs has no stand-in for', async () => {
  const normalization = layers.normalization({ axis: 1, inputShape: [8, 8, 3], name: 'rows' });
  const pooling = layers.globalAveragePooling2d({ keepdims: true, inputShape: [null, 8, 3], name: 'pool' });
  for (const layer of [normalization, pooling]) {
    const made = tf.sequential({ layers: [layer] });
    await assert.rejects(saveModel(made, inFolder('none', 'model.json')), new RegExp(`The layer '${layer.name}'`));
  }
  assert.ok(!readdirSync(folder).includes('none'));
});

test('loadModel() opens what tfjs saves, its optimizer included', async () => {
  const plain = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3], name: 'one' })] });
  plain.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  await plain.fit(tf.ones([4, 3]), tf.ones([4, 1]), { verbose: 0 });
  await plain.save(`file://${inFolder('tfjs')}`, { includeOptimizer: true });
  const tensors = tf.memory().numTensors;
  const loaded = await loadModel(inFolder('tfjs', 'model.json'));
  assert.deepEqual(loaded.getWeights()[0]!.dataSync(), plain.getWeights()[0]!.dataSync());
  assert.equal(loaded.optimizer.getClassName(), 'Adam');
  assert.equal(loaded.optimizer.iterations, 1);
  loaded.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('loadModel() warns of an optimizer that tfjs lacks, and leaves the model uncompiled', async () => {
  const json = JSON.parse(readFileSync(inFolder('tfjs', 'model.json'), 'utf8'));
  json.trainingConfig.optimizer_config.class_name = 'Lion';
  writeFileSync(inFolder('tfjs', 'lion.json'), JSON.stringify(json));
  const warn = mock.method(console, 'warn', () => {});
  const tensors = tf.memory().numTensors;
  const loaded = await loadModel(inFolder('tfjs', 'lion.json'));
  warn.mock.restore();
  assert.deepEqual(
    warn.mock.calls.map(({ arguments: [message] }) => /lion\.json' is loaded but not compiled.*Lion/.test(message)),
    [true],
  );
  assert.equal(loaded.optimizer, undefined);
  loaded.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('saveModel() replaces a model.json with all that belongs to it, and touches nothing else', async () => {
  const dense = (units: number) =>
    tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [3], kernelInitializer: 'ones' })] });
  await saveModel(dense(2 ** 19), inFolder('replaced', 'model.json'));
  writeFileSync(inFolder('replaced', 'index.html'), 'mine');
  assert.equal(readdirSync(inFolder('replaced')).length, 2 + 2);
  await saveModel(dense(2), inFolder('replaced', 'model.json'));
  const [page, shard, json, ...more] = readdirSync(inFolder('replaced')).sort();
  assert.deepEqual([page, json, more], ['index.html', 'model.json', []]);
  assert.match(shard!, /^model-[0-9a-f]{8}-1of1\.bin$/);
});

test('saveModel() leaves files that the model.json which it replaces names, but that it would not call so', async () => {
  const path = inFolder('foreign', 'm.json');
  await saveModel(model, path);
  const json = JSON.parse(readFileSync(path, 'utf8'));
  const own = readdirSync(inFolder('foreign')).filter((name) => name.endsWith('.bin'));
  const foreign = ['-1234m5678-1of1.bin', 'weights.bin', 'm-12345678-1of1.bin.bin'];
  json.weightsManifest[0].paths = [...own, ...foreign];
  writeFileSync(path, JSON.stringify(json));
  for (const name of foreign) writeFileSync(inFolder('foreign', name), 'mine');
  await saveModel(withStandIns(), path);
  const left = readdirSync(inFolder('foreign'));
  assert.deepEqual(
    foreign.filter((name) => !left.includes(name)),
    [],
  );
  assert.equal(left.length, foreign.length + 2);
});

test('two model.json in one folder keep their own weights, and a failed save leaves none', async () => {
  const both = ['first.json', 'second.json'].map((name) => inFolder('both', name));
  for (const path of both) await saveModel(model, path);
  await saveModel(withStandIns(), both[0]!);
  const loaded = await loadModel(both[1]!);
  assert.deepEqual(predictions(loaded), predictions(model));
  const before = readdirSync(inFolder('both'));
  mkdirSync(inFolder('both', 'taken.json'));
  await assert.rejects(saveModel(model, inFolder('both', 'taken.json')), /Can't save the model at .*taken\.json/);
  assert.deepEqual(readdirSync(inFolder('both')).sort(), [...before, 'taken.json'].sort());
});

test('saveModel() leaves a model.json that it cannot read as it is', async () => {
  const path = inFolder('loop', 'model.json');
  mkdirSync(inFolder('loop'));
  symlinkSync(path, path);
  await assert.rejects(saveModel(model, path), /Can't save the model at .*model\.json': ELOOP/);
  assert.deepEqual(readdirSync(inFolder('loop')), ['model.json']);
});

test('saveModel() leaves folders whose names are like those of its own, however old they are', async () => {
  const names = ['.model.keras-backup', '.model.keras-old', '.model.keras-123456'];
  const time = new Date(Date.now() - 48 * 3_600_000);
  for (const name of names) {
    mkdirSync(inFolder('swept', name), { recursive: true });
    writeFileSync(inFolder('swept', name, 'mine'), 'mine');
    utimesSync(inFolder('swept', name), time, time);
  }
  await saveModel(model, inFolder('swept', 'model.keras'));
  assert.deepEqual(readdirSync(inFolder('swept')).sort(), [...names, 'model.keras'].sort());
});

test('loadModel() and saveModel() sweep up what processes left that were killed, and nothing else', async (t) => {
  const temporary = inFolder('temporary');
  mkdirSync(join(temporary, 'thaw-123456'), { recursive: true });
  const left = () => readdirSync(temporary);
  const path = inFolder('killed', 'model.keras');
  await saveModel(model, path);
  const modules = ['save_model', 'load_model'].map((name) => require.resolve(`../../src/saving/${name}`));
  const program = `
    const { loadModel } = require(${JSON.stringify(modules[1])});
    const { temporaryFolder } = require(${JSON.stringify(modules[0])});
    const path = ${JSON.stringify(path)};
    temporaryFolder(path).then(() => loadModel(path));
  `;
  const child = spawn(process.execPath, [...process.execArgv, '--eval', program], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // With more in it than its mark, which is written first.
  const isFilled = (name: string) => readdirSync(join(temporary, name)).length > 1;
  while (!left().some(isFilled) && child.exitCode === null) await delay(5);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(left().length, 2);
  assert.equal(readdirSync(inFolder('killed')).length, 2);
  setEnv(t, 'TMPDIR', temporary);
  (await loadModel(path)).dispose();
  assert.deepEqual(left(), ['thaw-123456']);
  await saveModel(model, path);
  assert.deepEqual(readdirSync(inFolder('killed')), ['model.keras']);
});

test('saveModel() puts a model into the words of a format once', async () => {
  for (const format of ['model.keras', 'model.h5', 'model.json']) {
    const toJSON = mock.method(model, 'toJSON');
    await saveModel(model, inFolder('once', format));
    assert.equal(toJSON.mock.callCount(), 1);
    toJSON.mock.restore();
  }
});

test('saveModel() names two layers that tfjs could not tell apart, and writes nothing', async () => {
  const part = (name: string) =>
    tf.sequential({ name, layers: [tf.layers.dense({ units: 3, inputShape: [3], name: 'same' })] });
  const twice = tf.sequential({ layers: [part('first'), part('second')] });
  await assert.rejects(saveModel(twice, inFolder('twice', 'model.json')), /Two layers are called 'same'/);
  assert.ok(!readdirSync(folder).includes('twice'));
});

test('saveModel() and loadModel() name the extensions that they know', async () => {
  await assert.rejects(
    saveModel(model, inFolder('model.onnx')),
    /`\.keras`, `\.h5` or `\.json`\. Received: .*model\.onnx/,
  );
  await assert.rejects(saveModel(model, inFolder('a.weights.h5')), /weights only/);
  await assert.rejects(loadModel(inFolder('model.onnx')), /\.keras, \.h5, \.json\. Received: .*model\.onnx/);
});
