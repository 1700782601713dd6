import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/tf';

const dense = (units: number, name?: string) => tf.layers.dense({ units, ...(name && { name }) });
const symbolic = (output: unknown) => output as tf.SymbolicTensor;

/** That `use` leaves as many tensors as there were. */
async function assertClean(use: () => unknown): Promise<void> {
  const { numTensors } = tf.memory();
  await use();
  assert.equal(tf.memory().numTensors, numTensors);
}

test('a model frees a layer, and a model, that it calls three times', () =>
  assertClean(() => {
    const inputs = tf.input({ shape: [4] });
    const shared = dense(4);
    const base = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [4] })] });
    const twice = [1, 2, 3].reduce((x) => symbolic(base.apply(shared.apply(x))), inputs);
    const inner = tf.model({ inputs, outputs: twice });
    const outer = tf.input({ shape: [4] });
    const outputs = symbolic(inner.apply(symbolic(inner.apply(outer))));
    const model = tf.model({ inputs: outer, outputs });
    assert.equal(
      tf.tidy(() => (model.predict(tf.ones([1, 4])) as tf.Tensor).size),
      4,
    );
    model.dispose();
  }));

test('what two models share goes with the last of them', () =>
  assertClean(() => {
    const shared = dense(4);
    const made = [2, 3].map((calls) => {
      const inputs = tf.input({ shape: [4] });
      const outputs = Array.from({ length: calls }).reduce((x: tf.SymbolicTensor) => symbolic(shared.apply(x)), inputs);
      return tf.model({ inputs, outputs });
    });
    const input = tf.ones([1, 4]);
    made[0]!.dispose();
    tf.tidy(() => assert.equal((made[1]!.predict(input) as tf.Tensor).size, 4));
    made[1]!.dispose();
    assert.throws(() => made[1]!.predict(input), /disposed/);
    input.dispose();
  }));

const stateful = { units: 3, stateful: true, dropout: 0.5, recurrentDropout: 0.5, returnSequences: true };
const recurrent: Record<string, () => tf.layers.Layer> = {
  SimpleRNN: () => tf.layers.simpleRNN(stateful),
  GRU: () => tf.layers.gru(stateful),
  LSTM: () => tf.layers.lstm(stateful),
  'RNN of several cells': () =>
    tf.layers.rnn({
      cell: [1, 2].map(() => tf.layers.lstmCell({ units: 3, dropout: 0.5, recurrentDropout: 0.5 })),
      stateful: true,
      returnSequences: true,
    }),
  Bidirectional: () => tf.layers.bidirectional({ layer: tf.layers.gru(stateful) as tf.RNN, mergeMode: 'concat' }),
};

for (const [name, make] of Object.entries(recurrent))
  test(`a model frees the states and masks of a recurrent layer: ${name}`, () =>
    assertClean(async () => {
      const inputs = tf.input({ batchShape: [2, 4, 3] });
      const model = tf.model({ inputs, outputs: symbolic(make().apply(inputs)) });
      for (const training of [true, false])
        tf.tidy(() => assert.equal((model.apply(tf.ones([2, 4, 3]), { training }) as tf.Tensor).shape[0], 2));
      model.dispose();
    }));

test('a model frees the states of a convolutional recurrent layer', () =>
  assertClean(() => {
    const inputs = tf.input({ batchShape: [1, 2, 4, 4, 1] });
    const layer = tf.layers.convLstm2d({ filters: 2, kernelSize: 2, stateful: true });
    const model = tf.model({ inputs, outputs: symbolic(layer.apply(inputs)) });
    tf.tidy(() => assert.equal((model.predict(tf.ones([1, 2, 4, 4, 1])) as tf.Tensor).rank, 4));
    model.dispose();
  }));

for (const [name, optimizer] of Object.entries({
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9),
  rmsprop: () => tf.train.rmsprop(0.1),
  'centered rmsprop': () => tf.train.rmsprop(0.1, 0.9, 0, 1e-7, true),
  adam: () => tf.train.adam(0.1),
  adagrad: () => tf.train.adagrad(0.1),
}))
  test(`an optimizer frees what it remembers: ${name}`, () =>
    assertClean(async () => {
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
      const made = optimizer();
      model.compile({ optimizer: made, loss: 'meanSquaredError' });
      const one = tf.ones([1, 1]);
      await model.fit(one, one, { verbose: 0 });
      tf.dispose([one]);
      model.dispose();
      made.dispose();
    }));
