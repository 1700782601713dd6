import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vgg16 } from '../../src/applications/vgg';
import * as tf from '../../src/tf';

test('vgg16.preprocessInput() turns RGB into centred BGR, for one picture or a batch, and leaks nothing', () => {
  const picture = tf.tensor3d([[[10, 20, 30]]]);
  const batch = picture.expandDims<tf.Tensor4D>(0);
  const tensors = tf.memory().numTensors;
  const [one, several] = [vgg16.preprocessInput(picture), vgg16.preprocessInput(batch)];
  assert.equal(tf.memory().numTensors, tensors + 2);
  const expected = [30 - 103.939, 20 - 116.779, 10 - 123.68].map(Math.fround);
  one.dataSync().forEach((value, index) => {
    assert.ok(Math.abs(value - expected[index]!) < 1e-4);
  });
  assert.deepEqual(several.dataSync(), one.dataSync());
  assert.deepEqual(several.shape, [1, 1, 1, 3]);
  tf.dispose([picture, batch, one, several]);
});

test('vgg16.preprocessInput() of a symbolic tensor is a frozen layer that does the same', () => {
  const tensors = tf.memory().numTensors;
  const inputs = tf.input({ shape: [7, 5, 3] });
  const model = tf.model({ inputs, outputs: vgg16.preprocessInput(inputs) });
  assert.equal(model.getLayer('preprocess_input').getClassName(), 'Conv2D');
  assert.deepEqual(model.outputs[0]!.shape, [null, 7, 5, 3]);
  assert.equal(model.trainableWeights.length, 0);
  tf.tidy(() => {
    const pictures = tf.randomUniform([2, 7, 5, 3], 0, 255, 'float32', 1);
    const worst = (model.predict(pictures) as tf.Tensor)
      .sub(vgg16.preprocessInput(pictures))
      .abs()
      .max()
      .dataSync()[0]!;
    assert.ok(worst < 1e-4, String(worst));
  });
  model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('vgg16() draws random weights from its seed, pools, and frees all it made', async () => {
  const tensors = tf.memory().numTensors;
  const args = { weights: null, includeTop: false, inputShape: [32, 32, 3] as [number, number, number] };
  const first = (model: tf.LayersModel) => model.getLayer('block1_conv2').getWeights()[0]!.dataSync()[0];
  const [one, same, other] = [
    await vgg16({ ...args, seed: 1 }),
    await vgg16({ ...args, seed: 1, pooling: 'avg' }),
    await vgg16({ ...args, seed: 2, pooling: 'max' }),
  ];
  assert.equal(first(one), first(same));
  assert.notEqual(first(one), first(other));
  assert.deepEqual(one.outputs[0]!.shape, [null, 1, 1, 512]);
  assert.deepEqual(same.outputs[0]!.shape, [null, 512]);
  assert.deepEqual(other.outputs[0]!.shape, [null, 512]);
  for (const model of [one, same, other]) model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('vgg16() refuses arguments that contradict each other, in the words of Keras', async () => {
  const refused: [Parameters<typeof vgg16>[0], RegExp][] = [
    [{ weights: 'nowhere.h5' }, /The `weights` argument should be either[\s\S]*Received: weights=nowhere\.h5/],
    [{ classes: 10 }, /`classes` should be 1000\. Received: classes=10/],
    [{ inputShape: [180, 180, 3] }, /`inputShape` should be \[224,224,3\]\. Received: inputShape=\[180,180,3\]/],
    [{ includeTop: false, inputShape: [31, 180, 3] }, /at least 32x32\. Received: inputShape=\[31,180,3\]/],
    [{ includeTop: false, inputShape: [180, 180, 1] }, /must have 3 channels\. Received: inputShape=\[180,180,1\]/],
    [{ weights: null, inputShape: [null, null, 3] }, /static `inputShape`\. Received: inputShape=\[null,null,3\]/],
  ];
  const tensors = tf.memory().numTensors;
  for (const [args, message] of refused) {
    await assert.rejects(vgg16(args), message);
  }
  assert.equal(tf.memory().numTensors, tensors);
});
