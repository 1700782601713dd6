import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../src/layers';
import * as tf from '../../src/tf';

test('a dilated SeparableConv2D computes as one whose kernel has zeros between its weights, gradient included', () => {
  const x = tf.randomNormal([2, 9, 8, 3], 0, 1, 'float32', 1);
  const layer = tf.layers.separableConv2d({
    ...{ filters: 4, kernelSize: [3, 2], dilationRate: [2, 3], depthMultiplier: 2, padding: 'valid' },
    depthwiseInitializer: tf.initializers.randomNormal({ seed: 2 }),
    inputShape: [9, 8, 3],
  });
  tf.dispose(layer.apply(x) as tf.Tensor);
  const [depthwise, pointwise] = layer.getWeights() as [tf.Tensor4D, tf.Tensor4D];
  const numTensors = tf.memory().numTensors;

  tf.tidy(() => {
    // Weight by weight: each moves the picture and scales it.
    const expected = (kernel: tf.Tensor) => {
      let sum: tf.Tensor = tf.zeros([2, 5, 5, 6]);
      for (const row of [0, 1, 2]) {
        for (const column of [0, 1]) {
          const moved = x.slice([0, 2 * row, 3 * column, 0], [2, 5, 5, 3]);
          const weights = kernel.slice([row, column, 0, 0], [1, 1, 3, 2]);
          sum = sum.add(
            moved
              .expandDims(-1)
              .mul(weights.reshape([1, 1, 1, 3, 2]))
              .reshape([2, 5, 5, 6]),
          );
        }
      }
      return tf.conv2d(sum as tf.Tensor4D, pointwise, 1, 'valid');
    };
    const worst = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().div(b.abs().max()).dataSync()[0]!;
    assert.ok(worst(layer.apply(x) as tf.Tensor, expected(depthwise)) < 1e-5);
    const variable = layer.trainableWeights[0]!.read() as tf.Variable;
    const { grads } = tf.variableGrads(() => (layer.apply(x) as tf.Tensor).square().sum() as tf.Scalar, [variable]);
    const gradient = tf.grad((kernel: tf.Tensor) => expected(kernel).square().sum())(depthwise);
    assert.ok(worst(grads[variable.name]!, gradient) < 1e-5);
  });

  assert.equal(tf.memory().numTensors, numTensors);
  x.dispose();
  layer.dispose();
});
