import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { models } from '../../src';
import { ModelSteps } from '../../src/models/feature_bank/model_steps';
import * as tf from '../../src/tf';

const folder = mkdtempSync(join(tmpdir(), 'thaw-names-'));
after(() => rmSync(folder, { recursive: true }));

const { dense, reLU } = tf.layers;
const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor) => layer.apply(x) as tf.SymbolicTensor;
const namesIn = (model: tf.LayersModel) => [model, ...model.layers].map(({ name }) => name);

class TwoWords extends tf.layers.Layer {
  static className = 'TwoWordsV2';
}
class WithField extends tf.layers.Layer {
  static className = 'WithField';
  override name = 'its_own';
}

test("the first names are Keras's: Thaw itself has taken none", () => {
  const model = tf.sequential({ layers: [dense({ units: 2, inputShape: [3] }), reLU(), dense({ units: 1 })] });
  assert.deepEqual(namesIn(model), ['sequential', 'dense', 're_lu', 'dense_1']);
  const inputs = tf.input({ shape: [3] });
  const outer = tf.model({ inputs, outputs: apply(new TwoWords({}), apply(model, inputs)) });
  assert.deepEqual(namesIn(outer), ['functional', 'input_layer', 'sequential', 'two_words_v2']);
  assert.equal(tf.layers.activation({ activation: 'relu' }).name, 'activation');
  assert.equal(tf.layers.separableConv2d({ filters: 1, kernelSize: 1 }).name, 'separable_conv2d');
  assert.equal(new WithField({}).name, 'its_own');
  assert.equal(model.layers[0]!.weights[0]!.originalName, 'dense/kernel');
  outer.dispose();
});

test("a name that is given stays, even tfjs's next one, and no layer without a name gets it", () => {
  const given = [1, 2, 3, 4, 5].map((count) => `dense_Dense${count}`);
  assert.deepEqual(
    given.map((name) => dense({ units: 1, name }).name),
    given,
  );
  for (const name of ['sequential_1', 'sequential_2', 'sequential_3']) {
    assert.equal(tf.sequential({ name }).name, name);
  }
  for (const name of ['input1', 'input2', 'input3'])
    assert.equal(tf.input({ shape: [1], name }).sourceLayer.name, name);
  assert.equal(tf.sequential().name, 'sequential_4');
  assert.equal(dense({ units: 1, name: 'dense_3' }).name, 'dense_3');
  assert.deepEqual(
    [dense({ units: 1 }), dense({ units: 1 })].map(({ name }) => name),
    ['dense_2', 'dense_4'],
  );
});

for (const format of ['.keras', '.h5', '/model.json']) {
  test(`names in a file stay as they are, and new layers fit on top: ${format}`, async () => {
    const before = tf.memory().numTensors;
    const inputs = tf.input({ shape: [3], name: 'input4' });
    const inner = tf.sequential({
      name: 'sequential_9',
      layers: [dense({ units: 2, inputShape: [3], name: 'dense_7' })],
    });
    const outputs = apply(dense({ units: 1, name: 'dense_Dense9' }), apply(inner, inputs));
    const saved = tf.model({ inputs, outputs, name: 'model7' });
    const path = join(folder, `saved${format}`);
    await models.saveModel(saved, path);
    const opened = await models.loadModel(path);
    assert.deepEqual(namesIn(opened), ['model7', 'input4', 'sequential_9', 'dense_Dense9']);
    assert.deepEqual(namesIn(opened.layers[1] as tf.LayersModel), ['sequential_9', 'dense_7']);
    // Once in the history of this process `dense_7` would have been the next.
    const more = Array.from({ length: 9 }, () => dense({ units: 1 }));
    const longer = tf.model({
      inputs: opened.inputs,
      outputs: more.reduce((x, layer) => apply(layer, x), opened.outputs[0]!),
    });
    assert.equal(new Set(namesIn(longer)).size, 3 + 1 + 9);
    assert.ok(more.every(({ name }) => /^dense_\d+$/.test(name) && name !== 'dense_7'));
    longer.dispose();
    saved.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

test("what a feature bank makes of a part of a model takes no name from the user's layers", () => {
  const next = () => {
    const inputs = tf.input({ shape: [3] });
    const model = tf.model({ inputs, outputs: apply(reLU({ name: 'only' }), inputs) });
    return [model, inputs.sourceLayer].map(({ name }) => Number(/\d+$/.exec(name)?.[0] ?? 0));
  };
  const inputs = tf.input({ shape: [3] });
  const model = tf.model({ inputs, outputs: apply(reLU(), apply(dense({ units: 2 }), inputs)) });
  const [functional, input] = next();
  const { release } = new ModelSteps(model).segment(0, 1, [2]);
  assert.deepEqual(next(), [functional! + 1, input! + 1]);
  release();
  model.dispose();
});
