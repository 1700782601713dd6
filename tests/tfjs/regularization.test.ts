import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/tf';

const xs = tf.tensor2d([[1], [2], [3]]);
const dense = (args: Partial<Parameters<typeof tf.layers.dense>[0]> = {}) =>
  tf.layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones', inputShape: [1], ...args });
const penalty = (l2: number) => ({ kernelRegularizer: tf.regularizers.l2({ l2 }) });

/** Compiled so that labels equal to `xs` leave no loss but what regularizers add, and training moves nothing. */
function compile<Model extends tf.LayersModel>(model: Model): Model {
  model.compile({ optimizer: tf.train.sgd(0), loss: 'meanAbsoluteError', metrics: ['mae'] });
  return model;
}
const stacked = (...layers: tf.layers.Layer[]) => compile(tf.sequential({ layers }));

const read = (values: tf.Scalar | tf.Scalar[]) => tf.tidy(() => [values].flat().map((value) => value.dataSync()[0]!));
const evaluate = (model: tf.LayersModel) => tf.tidy(() => read(model.evaluate(xs, xs, { batchSize: 2 })));
const dataset = tf.data.zip({ xs: tf.data.array(xs.arraySync()), ys: tf.data.array(xs.arraySync()) }).batch(2);
const batches = dataset as tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }>;

test('what regularizers add is in the losses of evaluate, evaluateDataset, and both validations', async () => {
  const model = stacked(dense(penalty(0.5)), dense(penalty(0.25)));
  const { numTensors } = tf.memory();
  assert.deepEqual(evaluate(model), [0.75, 0]);
  const values = (await model.evaluateDataset(batches, {})) as tf.Scalar[];
  assert.deepEqual(read(values), [0.75, 0]);
  tf.dispose(values);
  const settings = { epochs: 1, verbose: 0 };
  const logs = { loss: [0.75], mae: [0], val_loss: [0.75], val_mae: [0] };
  const { history } = await model.fit(xs, xs, { ...settings, batchSize: 2, validationData: [xs, xs] });
  assert.deepEqual(history, logs);
  assert.deepEqual((await model.fitDataset(batches, { ...settings, validationData: batches })).history, logs);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('a weight counts while it trains, and once, however often its layer is called, in models within models too', async () => {
  const first = dense(penalty(0.5));
  const frozen = stacked(first, dense({ ...penalty(0.25), trainable: false }));
  assert.deepEqual(evaluate(frozen), [0.5, 0]);
  assert.deepEqual((await frozen.fit(xs, xs, { verbose: 0 })).history.loss, [0.5]);
  first.trainable = false;
  assert.deepEqual(evaluate(frozen), [0, 0]);

  const inputs = tf.input({ shape: [1] });
  const shared = stacked(dense(penalty(0.5)));
  const outputs = shared.apply(shared.apply(inputs)) as tf.SymbolicTensor;
  const twice = compile(tf.model({ inputs, outputs }));
  assert.deepEqual(evaluate(twice), [0.5, 0]);
  assert.deepEqual((await twice.fit(xs, xs, { verbose: 0 })).history.loss, [0.5]);
});

test('layers within a layer count, those of a recurrent one too', () => {
  const cell = { units: 1, recurrentInitializer: 'ones' as const, useBias: false, returnSequences: true };
  const recurrent = tf.layers.simpleRNN({
    ...cell,
    activation: 'linear',
    kernelInitializer: 'ones',
    inputShape: [1, 1],
    ...penalty(0.5),
    recurrentRegularizer: tf.regularizers.l2({ l2: 0.25 }),
  });
  const each = tf.layers.timeDistributed({ layer: dense(penalty(1)) });
  const model = compile(tf.sequential({ layers: [recurrent, each, tf.layers.flatten()] }));
  tf.tidy(() => assert.deepEqual(read(model.evaluate(xs.expandDims(1), xs)), [1.75, 0]));
});

test("what layers of one's own ask for by addLoss counts, too, in evaluation as in training", async () => {
  class Costly extends tf.layers.Layer {
    static readonly className = 'Costly';

    constructor() {
      super({});
      this.addLoss(() => tf.scalar(2));
    }

    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return [inputs].flat()[0]!.clone();
    }
  }
  const model = stacked(dense(penalty(0.5)), new Costly());
  assert.deepEqual(evaluate(model), [2.5, 0]);
  assert.deepEqual((await model.fit(xs, xs, { verbose: 0 })).history.loss, [2.5]);
});

test('the loss of several outputs is the sum of all, in validation too', async () => {
  const inputs = tf.input({ shape: [1] });
  const ends = ['first', 'second'].map((name) => dense({ name, ...penalty(0.5) }).apply(inputs) as tf.SymbolicTensor);
  const model = compile(tf.model({ inputs, outputs: ends }));
  const ys = [xs.add(1), xs.add(2)];
  const values = tf.tidy(() => read(model.evaluate(xs, ys)));
  assert.deepEqual(model.metricsNames, ['loss', 'first_loss', 'second_loss', 'first_mae', 'second_mae']);
  assert.deepEqual(values, [4, 1, 2, 1, 2]);
  const { history } = await model.fit(xs, ys, { verbose: 0, validationData: [xs, ys] });
  assert.deepEqual([history.val_loss, history.val_first_loss, history.val_second_loss], [[4], [1], [2]]);
});

test('an L1 penalty leaves a bias at 0 where it is', async () => {
  const model = tf.sequential({ layers: [dense({ useBias: true, biasRegularizer: tf.regularizers.l1({ l1: 1 }) })] });
  model.compile({ optimizer: tf.train.sgd(1), loss: 'meanSquaredError' });
  await model.fit(xs, xs, { verbose: 0 });
  assert.deepEqual(Array.from(model.getWeights()[1]!.dataSync()), [0]);
});
