import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import '../../src/models';
import * as tf from '../../src/tf';
import { base, batch, builders, find, kinds, moved, normalized, targets } from '../tfjs/trainable_models';

const compile = (model: tf.LayersModel) =>
  model.compile({ optimizer: tf.train.rmsprop(1e-2), loss: 'meanSquaredError' });
const HEAD = ['dense/kernel', 'dense/bias'];
const TOP = ['conv2/kernel', 'conv2/bias'];
const REST = ['norm/gamma', 'norm/beta', 'norm/moving_mean', 'norm/moving_variance'];

for (const kind of kinds) {
  for (const how of ['fit', 'fitDataset'] as const) {
    test(`${how} of a ${kind} model moves what is thawed, and leaves what is frozen the same to the bit`, async () => {
      const convBase = normalized();
      convBase.trainable = false;
      const model = builders[kind](convBase);
      compile(model);
      assert.deepEqual(await moved(model, batch, targets, how), HEAD);

      convBase.trainable = true;
      for (const layer of convBase.layers.slice(0, -1)) layer.trainable = false;
      compile(model);
      assert.deepEqual(await moved(model, batch, targets, how), [...TOP, ...HEAD]);

      convBase.layers.at(-2)!.trainable = true;
      compile(model);
      assert.deepEqual(await moved(model, batch, targets, how), [...REST, ...TOP, ...HEAD]);

      convBase.trainable = true;
      compile(model);
      // What a bias adds, normalising takes away: conv1's own stays, but for rounding.
      const all = new Set(await moved(model, batch, targets, how));
      assert.ok(['conv1/kernel', ...REST, ...TOP, ...HEAD].every((name) => all.has(name)));
    });
  }
}

test('an optimizer gives a place to what thaws after its first step', async () => {
  const convBase = base();
  convBase.trainable = false;
  const model = builders.sequential(convBase);
  const optimizer = tf.train.adam(1e-3);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await model.fit(batch, targets, { verbose: 0 });
  convBase.getLayer('conv2').trainable = true;
  model.compile({ optimizer, loss: 'meanSquaredError' });
  assert.deepEqual(await moved(model, batch, targets), [...TOP, ...HEAD]);
  const slots = (await optimizer.getWeights()).slice(1).map(({ name, tensor }) => [name, tensor.shape]);
  const expected = ['m', 'v'].flatMap((slot) => [
    [`dense/kernel/${slot}`, [8, 1]],
    [`dense/bias/${slot}`, [1]],
    [`conv2/kernel/${slot}`, [3, 3, 3, 2]],
    [`conv2/bias/${slot}`, [2]],
  ]);
  // tfjs numbers what has the name of an earlier weight.
  assert.deepEqual(
    slots.map(([name, shape]) => [String(name).replace(/_\d+\//, '/'), shape]),
    expected,
  );
});

test('fit warns, once, of what has been frozen or thawed since compile()', async () => {
  const warn = mock.method(console, 'warn', () => {});
  const model = builders.sequential(base());
  compile(model);
  await model.fit(batch, targets, { verbose: 0 });
  assert.equal(warn.mock.callCount(), 0);
  find(model, ['base', 'conv2']).trainable = false;
  assert.deepEqual(await moved(model, batch, targets), ['conv1/kernel', 'conv1/bias', ...HEAD]);
  await model.fit(batch, targets, { verbose: 0 });
  assert.equal(warn.mock.callCount(), 1);
  assert.match(warn.mock.calls[0]!.arguments[0], /since the model 'model' was compiled: .* Changed layers: conv2$/);
  warn.mock.restore();
});

test('the warning names ten of the layers that have changed, and counts the others', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const layers = Array.from({ length: 13 }, (_, index) =>
    tf.layers.dense({ name: `dense${index}`, units: 1, inputShape: [1] }),
  );
  const model = tf.sequential({ layers });
  compile(model);
  for (const layer of layers.slice(1)) layer.trainable = false;
  await model.fit(tf.ones([2, 1]), tf.ones([2, 1]), { verbose: 0 });
  assert.match(warn.mock.calls[0]!.arguments[0], /Changed layers: dense1, dense2, .*, dense10 and 2 more$/);
});

test('fit of a model that is all frozen warns and moves nothing, and its loss is that of evaluate', async () => {
  const warn = mock.method(console, 'warn', () => {});
  const model = builders.functional(base());
  model.trainable = false;
  compile(model);
  assert.deepEqual(await moved(model, batch, targets), []);
  assert.match(warn.mock.calls[0]!.arguments[0], /'model' does not have any trainable weights/);
  const { history } = await model.fit(batch, targets, { batchSize: 8, verbose: 0 });
  const loss = (model.evaluate(batch, targets, { batchSize: 8 }) as tf.Scalar).dataSync()[0]!;
  assert.ok(Math.abs(Number(history.loss![0]) - loss) < 1e-5);
  warn.mock.restore();
});

test('freezing, thawing and training leave no tensor behind', async () => {
  const before = tf.memory().numTensors;
  for (const frozenAll of [false, true]) {
    const convBase = normalized();
    const model = builders.sequential(convBase);
    model.trainable = !frozenAll;
    const optimizer = tf.train.rmsprop(1e-3);
    let tensors = 0;
    for (let round = 0; round < 3; round++) {
      for (const value of frozenAll ? [false] : [true, false]) {
        convBase.trainable = value;
        model.compile({ optimizer, loss: 'meanSquaredError' });
        await model.fit(batch, targets, { epochs: 2, verbose: 0 });
      }
      if (round > 0) assert.equal(tf.memory().numTensors, tensors);
      tensors = tf.memory().numTensors;
    }
    optimizer.dispose();
    model.dispose();
  }
  assert.equal(tf.memory().numTensors, before);
});
