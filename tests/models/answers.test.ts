import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { losses, models } from '../../src';
import { answersOf } from '../../src/models/answers';
import * as tf from '../../src/tf';
import { temporaryFolder } from '../saving/written_models';

const folder = temporaryFolder('answers');

/** A model's answers in one line. */
const told = (model: tf.LayersModel, outputs: number[]) =>
  answersOf(model)(outputs)
    .map(({ name, probability }) => `${name} ${probability.toFixed(3)}`)
    .join(', ');

const ending = (...last: tf.layers.Layer[]) => {
  const first = tf.layers.globalAveragePooling2d({ inputShape: [4, 4, 3] });
  return tf.sequential({ layers: [first, ...last] });
};
const dense = (units: number, activation: 'linear' | 'softmax' | 'sigmoid' | 'hardSigmoid' | 'relu' = 'linear') =>
  tf.layers.dense({ units, activation });

test('what a softmax gives is taken as it is, wherever it stands', () => {
  const inner = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: 'softmax', inputShape: [3] })] });
  const classes = tf.input({ shape: [3] });
  const deep = tf.model({ inputs: classes, outputs: inner.apply(classes) as tf.SymbolicTensor });
  for (const model of [
    ending(dense(3, 'softmax')),
    ending(dense(3), tf.layers.activation({ activation: 'softmax' })),
    ending(dense(3), tf.layers.softmax()),
    ending(dense(3, 'softmax'), tf.layers.activation({ activation: 'linear' })),
    ending(dense(3, 'softmax'), tf.layers.dropout({ rate: 0.5 }), tf.layers.reshape({ targetShape: [3] })),
    ending(inner),
    ending(deep),
  ]) {
    assert.equal(told(model, [0.2, 0.7, 0.1]), 'class 1 0.700, class 0 0.200, class 2 0.100');
  }
});

test('of logits a softmax makes probabilities, however large they are', () => {
  for (const model of [ending(dense(3)), ending(dense(3, 'softmax'), dense(3)), ending(dense(3, 'relu'))]) {
    assert.equal(told(model, [0.2, 0.7, 0.1]), 'class 1 0.464, class 0 0.281, class 2 0.255');
    assert.equal(told(model, [1000, 999, -1e30]), 'class 0 0.731, class 1 0.269, class 2 0.000');
  }
});

test('many units with a sigmoid each tell their own probability', () => {
  for (const activation of ['sigmoid', 'hardSigmoid', 'hardSigmoid6', 'sparseSigmoid']) {
    assert.equal(
      told(ending(dense(3, activation as 'sigmoid')), [0.9, 0.8, 0.1]),
      'class 0 0.900, class 1 0.800, class 2 0.100',
    );
  }
});

test('one unit tells two classes: by a probability, or by a logit', () => {
  assert.equal(told(ending(dense(1, 'sigmoid')), [0.3]), 'class 0 0.700, class 1 0.300');
  assert.equal(told(ending(dense(1)), [0.3]), 'class 1 0.574, class 0 0.426');
  const compiled = (loss: Parameters<tf.LayersModel['compile']>[0]['loss']) => {
    const model = ending(dense(1));
    model.compile({ optimizer: 'sgd', loss });
    return model;
  };
  assert.equal(told(compiled(losses.binaryCrossentropy({ fromLogits: true })), [0.3]), 'class 1 0.574, class 0 0.426');
  assert.equal(told(compiled('meanSquaredError'), [0.3]), 'class 0 0.700, class 1 0.300');
  assert.equal(told(compiled('meanSquaredError'), [1.2]), 'class 1 1.000, class 0 0.000');
  assert.equal(told(compiled('hinge'), [0.3]), 'class 1 0.574, class 0 0.426');
});

test('the answers have the names that the model carries, in the order of its units', async () => {
  await models.saveModel(ending(dense(1, 'sigmoid')), join(folder, 'pets.keras'), { classNames: ['cat', 'dog'] });
  assert.equal(told(await models.loadModel(join(folder, 'pets.keras')), [0.9]), 'dog 0.900, cat 0.100');
  await models.saveModel(ending(dense(3)), join(folder, 'birds.keras'), { classNames: ['wren', 'auk', 'ibis'] });
  const birds = await models.loadModel(join(folder, 'birds.keras'));
  assert.deepEqual(
    answersOf(birds)([0, 1, 2]).map(({ name }) => name),
    ['ibis', 'auk', 'wren'],
  );
});

test('what can be no answer is an error', () => {
  assert.throws(() => answersOf(ending(dense(1, 'softmax'))), /a softmax of one unit, which gives 1 whatever/);
  const features = tf.sequential({ layers: [tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] })] });
  assert.throws(() => answersOf(features), /one output \[batch, units\]\. Received: \[null,4,4,2\]/);
  const input = tf.input({ shape: [2] });
  const outputs = [0, 1].map(() => dense(2).apply(input) as tf.SymbolicTensor);
  assert.throws(() => answersOf(tf.model({ inputs: input, outputs })), /Received: \[null,2\] and \[null,2\]/);
  for (const model of [ending(dense(1, 'sigmoid')), ending(dense(1))]) {
    assert.throws(() => answersOf(model)([Number.NaN]), /gives no number: its training went wrong\. Train it anew\./);
  }
  assert.throws(() => answersOf(ending(dense(2)))([Number.POSITIVE_INFINITY, 0]), /gives no number/);
});
