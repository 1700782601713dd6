import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { applications, models, utils } from '../../src';
import * as tf from '../../src/tf';
import { reportWorst } from '../support/parity';
import { jpeg } from '../support/picture_files';
import { temporaryHome } from '../support/temporary_home';

const SIZE: [number, number] = [64, 64];
const { home, assets: folder } = temporaryHome();

async function pictures() {
  for (let index = 0; index < 12; index++) {
    const kind = join(folder, index % 2 === 0 ? 'even' : 'odd');
    mkdirSync(kind, { recursive: true });
    writeFileSync(join(kind, `${index}.jpg`), await jpeg(40 + index, 30));
  }
  return utils.imageDatasetFromDirectory(folder, { imageSize: SIZE, shuffle: false, labelMode: 'binary' });
}

test('a bank in bfloat16 takes half the room and gives what one in float32 gives to two digits', async (t) => {
  utils.setRandomSeed(1);
  const convBase = await applications.vgg16({ weights: null, includeTop: false, inputShape: [...SIZE, 3] });
  convBase.trainable = false;
  const inputs = tf.input({ shape: [...SIZE, 3] });
  const maps = convBase.apply(applications.vgg16.preprocessInput(inputs)) as tf.SymbolicTensor;
  const extractor = tf.model({ inputs, outputs: maps });
  const dataset = await pictures();
  const [single, half] = (['float32', 'bfloat16'] as const).map((dtype) =>
    models.featureBank({ dtype, cuts: ['block4_pool'] }),
  ) as [models.FeatureBank, models.FeatureBank];
  const expected = await single.predict(extractor, dataset);
  const numTensors = tf.memory().numTensors;
  const actual = await half.predict(extractor, dataset);
  assert.equal(tf.memory().numTensors, numTensors + 1);

  const distance = tf.tidy(() => tf.norm(tf.sub(actual, expected)).div(tf.norm(expected)).dataSync()[0]!);
  assert.ok(distance > 1e-4, 'it is coarser');
  reportWorst(t, 'features in bfloat16 and in float32, the norm of the difference', distance, 0.03);
  const bits = new Uint32Array(actual.dataSync<'float32'>().slice().buffer);
  assert.ok(bits.every((each) => (each & 0xffff) === 0));

  const bank = join(home, 'feature_bank');
  const checksums = 12 * 4;
  const sizes = readdirSync(bank).map((name) => ({ name, size: statSync(join(bank, name)).size - checksums }));
  assert.equal(sizes.length, 4);
  for (const { name, size } of sizes.filter(({ name }) => name.endsWith('.bf16'))) {
    assert.equal(size * 2, sizes.find((other) => other.name === name.replace('.bf16', '.f32'))!.size);
  }

  const log = t.mock.method(console, 'log', () => {});
  const again = await half.predict(extractor, dataset);
  assert.deepEqual(again.dataSync(), actual.dataSync());
  const outputs = tf.layers.dense({ units: 1, activation: 'sigmoid' }).apply(tf.layers.flatten().apply(maps));
  const model = tf.model({ inputs, outputs: outputs as tf.SymbolicTensor });
  model.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy' });
  const { history } = await half.fit(model, dataset, { epochs: 2, validationData: dataset });
  assert.notEqual(history.loss![0], history.loss![1], 'it trains');
  assert.deepEqual(log.mock.calls, [], 'nothing is computed again');
  tf.dispose([expected, actual, again]);
  model.dispose();
});

test('bfloat16 is refused where it is too coarse, and so is what is no dtype', async () => {
  const convBase = await applications.mobileNetV2({ weights: null, includeTop: false, inputShape: [...SIZE, 3] });
  convBase.trainable = false;
  const bank = models.featureBank({ dtype: 'bfloat16' });
  await assert.rejects(bank.predict(convBase, await pictures()), /BatchNormalization.*Received: the layer 'bn_Conv1'/);
  const last = tf.sequential();
  last.add(tf.layers.conv2d({ filters: 40, kernelSize: 3, inputShape: [...SIZE, 3], trainable: false }));
  last.add(tf.layers.batchNormalization({ trainable: false }));
  last.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  await assert.rejects(bank.predict(last, await pictures()), /BatchNormalization.*Received: the layer 'batch_norm/);
  last.dispose();
  assert.throws(() => models.featureBank(JSON.parse('{"dtype":"float16"}')), /Expected dtype.*Received: dtype=float16/);
  convBase.dispose();
});
