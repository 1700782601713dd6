import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { saveModel } from '../../../src/models';
import { deserializeModel } from '../../../src/saving/keras_json/deserialize_model';
import { serializeModel } from '../../../src/saving/keras_json/serialize_model';
import { readModelConfig } from '../../../src/saving/keras_json/types';
import * as tf from '../../../src/tf';

const folder = mkdtempSync(join(tmpdir(), 'thaw-serialize-'));
after(() => rmSync(folder, { recursive: true }));

const inputShape = [8, 8, 3];
const refused: Record<string, tf.layers.Layer> = {
  UpSampling2D: tf.layers.upSampling2d({ inputShape }),
  CenterCrop: tf.layers.centerCrop({ inputShape, height: 5, width: 5 }),
  'channels first': tf.layers.conv2d({ inputShape, filters: 2, kernelSize: 3, dataFormat: 'channelsFirst' }),
  kernel_constraint: tf.layers.conv2d({ inputShape, filters: 2, kernelSize: 3, kernelConstraint: 'nonNeg' }),
  depthwise_constraint: tf.layers.depthwiseConv2d({
    ...{ inputShape, kernelSize: 3, depthwiseRegularizer: 'l1l2' },
    depthwiseConstraint: 'nonNeg',
  }),
  hard_sigmoid: tf.layers.activation({ inputShape, activation: 'hardSigmoid' }),
  gelu_new: tf.layers.activation({ inputShape, activation: 'gelu_new' }),
};

for (const [word, layer] of Object.entries(refused)) {
  test(`saveModel() names the layer that Keras couldn't read, and writes nothing: ${word}`, async () => {
    const model = tf.sequential({ layers: [layer] });
    await assert.rejects(saveModel(model, join(folder, 'deep', 'model.keras')), (error: Error) => {
      assert.match(error.message, new RegExp(word));
      assert.ok(error.message.includes(`'${layer.name}'`), error.message);
      return true;
    });
    assert.deepEqual(readdirSync(folder), []);
    model.dispose();
  });
}

test('serializeModel() counts the calls of a Sequential from 0, and leaves out training: false', async () => {
  const inputs = tf.input({ shape: [4] });
  const base = tf.sequential({ name: 'base', layers: [tf.layers.batchNormalization({ inputShape: [4] })] });
  const model = tf.model({ inputs, outputs: base.apply(inputs, { training: false }) as tf.SymbolicTensor });
  const config = JSON.parse(JSON.stringify(serializeModel(model))).config;
  assert.deepEqual(config.layers[1].inbound_nodes[0].kwargs, {});
  assert.deepEqual(config.output_layers, ['base', 0, 0]);
  model.dispose();
});

test('serializeModel() and deserializeModel() leave a regularizer as it was', async () => {
  const regularizers = { kernelRegularizer: tf.regularizers.l2({ l2: 0.25 }), biasRegularizer: tf.regularizers.l1() };
  const layer = tf.layers.dense({ inputShape: [2], units: 1, ...regularizers });
  const config = readModelConfig(serializeModel(tf.sequential({ layers: [layer] })));
  const model = deserializeModel(config, 3);
  const settings = model.layers[0]!.getConfig();
  assert.deepEqual(settings.kernelRegularizer, { className: 'L1L2', config: { l1: 0, l2: 0.25 } });
  assert.deepEqual(settings.biasRegularizer, { className: 'L1L2', config: { l1: 0.01, l2: 0 } });
  model.dispose();
});
