import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import '../../../src';
import { saveModel } from '../../../src/models';
import { compileFromConfig, serializeCompile } from '../../../src/saving/keras_json/compile_config';
import * as tf from '../../../src/tf';
import { compiled, compiledModel, MSE } from './compiled_models';

const folder = mkdtempSync(join(tmpdir(), 'thaw-compile-'));
after(() => rmSync(folder, { recursive: true }));

test('what Keras has no match for is an error that names it, before anything is written', async () => {
  const own = (yTrue: tf.Tensor, yPred: tf.Tensor) => yTrue.sub(yPred).abs().mean(-1);
  const cases: [Partial<tf.ModelCompileArgs>, RegExp][] = [
    [{ optimizer: tf.train.adadelta(1) }, /one of the optimizers rmsprop, .*adagrad\. Received: Adadelta/],
    [{ optimizer: 'adamax' }, /Received: Adamax/],
    [{ loss: own }, /a loss given by name, one of those .*meanSquaredError.* Received: .*yTrue/],
    [{ metrics: [own] }, /metrics given by name.* Received: .*yTrue/],
    [{ metrics: ['precision'] }, /Received: precision/],
    [{ metrics: ['mse', 'cosine'] }, /Received: cosine/],
  ];
  for (const [args, message] of cases) {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [5] })] });
    model.compile({ optimizer: 'sgd', loss: MSE, ...args });
    await assert.rejects(saveModel(model, join(folder, 'refused/model.keras')), message);
    assert.ok(!existsSync(join(folder, 'refused')));
  }
});

test('a configuration that is refused leaves the model as it was and no tensor behind', () => {
  const model = compiledModel(compiled.binary!);
  const { optimizer, loss, metrics } = model;
  const { numTensors } = tf.memory();
  const config = { optimizer: { class_name: 'Adam', config: { learning_rate: 1, use_ema: true } }, loss: 'mse' };
  assert.throws(() => compileFromConfig(model, config), /the optimizer Adam with use_ema=true/);
  const notANumber = { class_name: 'Adam', config: { learning_rate: 1, beta_2: false } };
  assert.throws(
    () => compileFromConfig(model, { ...config, optimizer: notANumber }),
    /the optimizer Adam with beta_2=false/,
  );
  assert.throws(
    () => compileFromConfig(model, { ...config, loss: ['mse', 'mse'] }),
    /the loss \["mse","mse"\] for the outputs/,
  );
  assert.deepEqual([model.optimizer, model.loss, model.metrics], [optimizer, loss, metrics]);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('what Keras 2 wrote into `.h5` is understood', () => {
  const model = compiledModel(compiled.binary!);
  const wrapped = { class_name: 'MeanMetricWrapper', config: { name: 'acc', dtype: 'float32', fn: 'binary_accuracy' } };
  const settings = { name: 'RMSprop', learning_rate: 0.25, decay: 0, rho: 0.5, jit_compile: true, weight_decay: null };
  compileFromConfig(model, {
    optimizer: { class_name: 'Custom>RMSprop', config: { ...settings, is_legacy_optimizer: false } },
    loss: { class_name: 'BinaryCrossentropy', config: { reduction: 'auto', name: 'binary_crossentropy' } },
    metrics: [[wrapped, 'mae']],
    loss_weights: null,
  });
  assert.deepEqual(model.optimizer.getConfig(), {
    learningRate: 0.25,
    decay: 0.5,
    momentum: 0,
    epsilon: 1e-7,
    centered: false,
  });
  assert.equal(model.loss, 'binaryCrossentropy');
  assert.deepEqual(model.metricsNames, ['loss', 'acc', 'mae']);
});

test('what Keras 2 wrote of logits is understood', () => {
  const model = compiledModel(compiled.binary!);
  const settings = { reduction: 'auto', name: 'loss', from_logits: true, label_smoothing: 0, axis: -1 };
  const accuracy = { name: 'accuracy', dtype: 'float32', threshold: 0 };
  compileFromConfig(model, {
    optimizer: { class_name: 'Adam', config: { learning_rate: 1 } },
    loss: { class_name: 'BinaryCrossentropy', config: { ...settings, fn: 'binary_crossentropy' } },
    metrics: [
      { class_name: 'BinaryAccuracy', config: accuracy },
      { class_name: 'MeanMetricWrapper', config: { ...accuracy, name: 'below', threshold: -1, fn: 'binary_accuracy' } },
    ],
  });
  assert.deepEqual(model.metricsNames, ['loss', 'acc', 'below']);
  const { loss, metrics } = serializeCompile(model);
  assert.deepEqual(loss, {
    module: 'keras.losses',
    class_name: 'BinaryCrossentropy',
    config: { name: 'binary_crossentropy', from_logits: true },
    registered_name: null,
  });
  const configs = (metrics as { config: unknown }[]).map(({ config }) => config);
  assert.deepEqual(configs, [
    { name: 'accuracy', threshold: 0 },
    { name: 'below', threshold: -1 },
  ]);
});

test('a name that is none, in a file, is not that of a metric in the logs', () => {
  for (const name of ['__proto__', 'constructor', 'a b', '', 7]) {
    const model = compiledModel(compiled.binary!);
    const metric = { class_name: 'BinaryAccuracy', config: { name, threshold: 0.25 } };
    const optimizer = { class_name: 'Adam', config: { learning_rate: 1 } };
    compileFromConfig(model, { optimizer, loss: 'mse', metrics: [metric] });
    assert.deepEqual(model.metricsNames, ['loss', 'binaryAccuracy']);
  }
  const model = compiledModel(compiled.binary!);
  const loss = { class_name: 'MeanSquaredError', config: { from_logits: true } };
  const optimizer = { class_name: 'Adam', config: { learning_rate: 1 } };
  assert.throws(() => compileFromConfig(model, { optimizer, loss }), /MeanSquaredError with from_logits=true/);
});
