import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as applications from '../../src/applications';
import * as tf from '../../src/tf';
import { relativeError } from '../support/parity';

/** Networks, and what a grey of 100 becomes; null where that is an error. */
const GREY: [name: string, network: applications.Application, expected: number[] | null][] = [
  ['vgg16', applications.vgg16, null],
  ['resnet50', applications.resnet50, null],
  ['mobileNetV2', applications.mobileNetV2, [100 / 127.5 - 1]],
  ['denseNet121', applications.denseNet121, [-0.40542862, -0.28501397, -0.06152498]],
  ['efficientNetB0', applications.efficientNetB0, [100]],
];
const words = (channels: string, shape: string) =>
  RegExp(
    `expects pictures \\[\\.\\.\\., channels\\] of ${channels} channels\\. Received: the shape \\[${shape}\\]\\. Give it`,
  );

for (const [name, { preprocessInput }, expected] of GREY) {
  test(`${name}.preprocessInput() of one channel does as Keras's, or says what it expects`, () => {
    const tensors = tf.memory().numTensors;
    const picture = tf.tensor3d([100], [1, 1, 1]);
    const inputs = tf.input({ shape: [1, 1, 1] });
    if (expected === null) {
      assert.throws(() => preprocessInput(picture), words('3', '1,1,1'));
      assert.throws(() => preprocessInput(inputs), words('3', 'null,1,1,1'));
    } else {
      const pixels = preprocessInput(picture);
      assert.ok(relativeError(pixels.dataSync(), expected) < 1e-6, String(pixels));
      pixels.dispose();
      const outputs = preprocessInput(inputs);
      assert.deepEqual(outputs.shape, [null, 1, 1, expected.length]);
      if (outputs !== inputs) tf.model({ inputs, outputs }).dispose();
    }
    picture.dispose();
    assert.equal(tf.memory().numTensors, tensors);
  });
}

test('denseNet121.preprocessInput() of two channels says what it expects', () => {
  const inputs = tf.input({ shape: [1, 1, 2] });
  assert.throws(() => applications.denseNet121.preprocessInput(inputs), words('1 or 3', 'null,1,1,2'));
});
