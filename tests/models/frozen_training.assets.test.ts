import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vgg16 } from '../../src/applications';
import '../../src/models';
import * as tf from '../../src/tf';
import { formatSummary } from '../../src/tfjs/summary';
import { flatten, kernelInitializer, moved, random } from '../tfjs/trainable_models';

const HEAD = ['dense/kernel', 'dense/bias'];

/** How often a step of training runs the kernels that compute a convolution's gradients. */
async function gradientKernels(model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor) {
  const { kernels } = await tf.profile(async () => {
    tf.dispose(await model.trainOnBatch(xs, ys));
    return tf.scalar(0);
  });
  const count = (name: string) => kernels.filter((kernel) => kernel.name === name).length;
  return { filter: count('Conv2DBackpropFilter'), input: count('Conv2DBackpropInput') };
}

test('VGG16 thaws 26, 0 and 6 weights; fit moves those and computes no gradient below them', async () => {
  const xs = random(2, 64, 64, 3).mul(50);
  const ys = tf.tensor2d([[0], [1]]);
  const convBase = await vgg16({ weights: 'imagenet', includeTop: false, inputShape: [64, 64, 3] });
  assert.equal(convBase.trainableWeights.length, 26);
  convBase.trainable = false;
  assert.equal(convBase.trainableWeights.length, 0);
  const model = tf.sequential();
  model.add(convBase);
  model.add(flatten());
  model.add(
    tf.layers.dense({ name: 'dense', units: 1, activation: 'sigmoid', kernelInitializer: kernelInitializer() }),
  );
  const compile = () => model.compile({ optimizer: tf.train.rmsprop(1e-5), loss: 'binaryCrossentropy' });
  const slots = async () => ((await model.optimizer.getWeights()).length - 1) / 2;
  compile();
  assert.deepEqual(await moved(model, xs, ys), HEAD);
  assert.equal(await slots(), 2);
  assert.deepEqual(await gradientKernels(model, xs, ys), { filter: 0, input: 0 });

  convBase.trainable = true;
  for (const layer of convBase.layers.slice(0, -4)) layer.trainable = false;
  assert.equal(convBase.trainableWeights.length, 6);
  compile();
  const block5 = [1, 2, 3].flatMap((index) => [`block5_conv${index}/kernel`, `block5_conv${index}/bias`]);
  assert.deepEqual(await moved(model, xs, ys), [...block5, ...HEAD]);
  assert.equal(await slots(), 8);
  assert.deepEqual(await gradientKernels(model, xs, ys), { filter: 3, input: 2 });
  assert.match(formatSummary(model), /\n Trainable params: 7,081,473 .*\n Non-trainable params: 7,635,264 /);
});
