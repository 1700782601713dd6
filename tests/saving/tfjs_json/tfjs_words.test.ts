import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../../src/saving/load_model';
import { saveModel } from '../../../src/saving/save_model';
import { inOneSpelling } from '../../../src/saving/tfjs_json/tfjs_words';
import * as tf from '../../../src/tf';
import { hidden } from '../../../src/tfjs/patch';
import { call, functional, type Json, layer, sequential, temporaryFolder, writeTfjs } from '../written_models';

const folder = temporaryFolder('words');
let count = 0;
const open = (topology: unknown, weights = {}) =>
  loadModel(writeTfjs(join(folder, `${count++}`), topology, { weights }));

const relu = (name: string, ...nodes: unknown[]) => layer('Activation', name, { activation: 'relu' }, ...nodes);
const cycle = functional([null, 3], [relu('a', [...call('b')]), relu('b', [...call('a')])], 'b', 'cycle');
/** The same, in another spelling of the names of its members. */
const spelled = (json: unknown, spell: (name: string) => string): unknown => {
  if (Array.isArray(json)) return json.map((each) => spelled(each, spell));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [spell(key), spelled(value, spell)]));
};
const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const steps = (inner: unknown) =>
  sequential([layer('TimeDistributed', 'steps', { batch_input_shape: [null, 2, 3], layer: inner })]);

for (const [what, topology] of Object.entries({
  'in snake case': cycle,
  'in camel case': spelled(cycle, camel),
  'with more underscores': spelled(cycle, (name) => name.replace('_', '__')),
  'within a layer': steps(cycle),
  'within a layer, in camel case': spelled(steps(cycle), camel),
  'within layers in layers': steps(layer('TimeDistributed', 'inner', { layer: cycle })),
  'within a cell': sequential([layer('RNN', 'rnn', { batch_input_shape: [null, 2, 3], cell: cycle })]),
  'among cells': sequential([
    layer('RNN', 'rnn', {
      batch_input_shape: [null, 2, 3],
      cell: layer('StackedRNNCells', 'cells', { cells: [cycle] }),
    }),
  ]),
}))
  test(`a model.json whose layers wait for each other is refused at once: ${what}`, () =>
    assert.rejects(open(topology), /inputs to come from another\. Received: a, b/));

test('a name in two spellings is refused: tfjs would take the last', async () => {
  const dense = layer('Dense', 'dense', { units: 2, batch_input_shape: [null, 2] });
  for (const change of [
    { ...dense, className: 'Flatten' },
    { ...dense, inboundNodes: [] },
    { ...dense, config: { ...dense.config, batchInputShape: [null, 3] } },
    { ...dense, config: { ...dense.config, use_bias: false, useBias: true } },
  ])
    await assert.rejects(open(sequential([change])), /in two spellings/);
  assert.deepEqual(inOneSpelling({ className: 'A', config: { batchInputShape: [2], use_bias: 'a_b' } }), {
    class_name: 'A',
    config: { batch_input_shape: [2], useBias: 'a_b' },
  });
});

test('a model.json in camel case is the model in snake case', async () => {
  const dense = layer('Dense', 'dense', { units: 2, use_bias: false }, [...call('in')]);
  const snake = functional([null, 2], [dense], 'dense');
  const weights = { 'dense/kernel': [2, 2] };
  const made = [await open(snake, weights), await open(spelled(snake, camel), weights)];
  assert.deepEqual(made[0]!.toJSON(null, false), made[1]!.toJSON(null, false));
  for (const model of made) model.dispose();
});

test('calls of a shared layer keep their order, where tfjs itself makes those first that it can', async () => {
  const shared = relu('shared', [...call('late')], [...call('in')]);
  const late = layer('Activation', 'late', { activation: 'linear' }, [...call('in')]);
  const model = await open(functional([null, 2], [shared, late], 'shared'));
  const sources = model.getLayer('shared').inboundNodes.map((node) => node.inboundLayers[0]!.name);
  assert.deepEqual(sources, ['late', 'in']);
  model.dispose();
});

const inner = (class_name: string, config: Json = {}) => layer(class_name, 'inner', config);
for (const [what, topology, message] of [
  ['a layer within a layer', steps(inner('Lambda')), /The layer 'inner' \(Lambda\).*Received: Lambda/],
  ['a layer within a model within a layer', steps(sequential([inner('Lambda')])), /The layer 'inner' \(Lambda\)/],
  ['no layer within a layer', steps(inner('Zeros')), /The layer 'inner' \(Zeros\)/],
  [
    'an object of a class in a setting that takes none',
    steps(inner('Dense', { units: inner('Dense', { units: 2 }) })),
    /'inner' \(Dense\).*its units to be no object of a class/,
  ],
  [
    'a layer as an initializer',
    steps(inner('Dense', { units: 1, kernel_initializer: inner('Flatten') })),
    /'inner' \(Dense\).*its kernelInitializer to be one of tfjs's kind initializer/,
  ],
  [
    'a layer as an activation',
    steps(inner('Dense', { units: 1, activation: 'Flatten' })),
    /its activation to be one of tfjs's kind activation/,
  ],
  [
    'a layer in an initializer',
    steps(inner('Dense', { units: 1, kernel_initializer: { class_name: 'Ones', config: { value: inner('Dense') } } })),
    /its kernelInitializer to be no object of a class/,
  ],
  [
    'a backward layer, which tfjs passes over',
    sequential([
      layer('Bidirectional', 'both', {
        ...{ batch_input_shape: [null, 2, 3], merge_mode: 'concat' },
        ...{ layer: inner('LSTM', { units: 1 }), backward_layer: inner('GRU', { units: 1 }) },
      }),
    ]),
    /its backwardLayer to be no object of a class/,
  ],
  [
    'what stands in for a layer within a layer',
    steps(inner('Activation', { activation: 'relu', thaw: { class_name: 'Lambda', config: {} } })),
    /its thaw to be no object of a class/,
  ],
  [
    'weights among settings',
    steps(inner('Dense', { units: 1, weights: [{ shape: [3, 1] }] })),
    /its weights to be none/,
  ],
  ['a type that tfjs lacks', steps(inner('Dense', { units: 1, dtype: 'float16' })), /its dtype to be float32/],
  ['a type in a list', steps(inner('Dense', { units: 1, dtype: ['float32'] })), /its dtype to be float32/],
  [
    'no shape',
    sequential([layer('Dense', 'dense', { units: 1, batch_input_shape: [null, '2'] })]),
    /its batchInputShape to be a shape/,
  ],
] as const)
  test(`a model.json is refused that names the layer of ${what}`, async () => {
    const { numTensors } = tf.memory();
    await assert.rejects(open(topology), message);
    assert.equal(tf.memory().numTensors, numTensors);
  });

test('a layer stands in for none that tfjs has itself, with what that holds', async () => {
  const thaw = { class_name: 'TimeDistributed', config: { layer: cycle } };
  const model = await open(
    sequential([layer('Activation', 'a', { activation: 'relu', batch_input_shape: [null, 2], thaw })]),
  );
  assert.equal(model.layers[0]!.getClassName(), 'Activation');
  model.dispose();
});

test('a Bidirectional takes a recurrent layer, not itself: each makes three of what is in it', async () => {
  const nested = Array.from({ length: 30 }).reduce<Json>(
    (inner, _, index) => layer('Bidirectional', `both${index}`, { layer: inner, merge_mode: 'concat' }),
    inner('LSTM', { units: 1 }),
  );
  const first = { ...nested, config: { ...(nested.config as Json), batch_input_shape: [null, 2, 3] } };
  await assert.rejects(open(sequential([first])), /its layer to be a recurrent one/);
});

test("layers that hold layers are read back as they were, Keras's numbers of NumPy too", async () => {
  const layers = [
    tf.layers.rnn({
      cell: [1, 2].map(() => tf.layers.lstmCell({ units: 2 })),
      returnSequences: true,
      inputShape: [3, 2],
    }),
    tf.layers.bidirectional({
      layer: tf.layers.lstm({ units: 2, returnSequences: true }) as tf.RNN,
      mergeMode: 'sum',
    }),
    tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) }),
    tf.layers.gru({ units: 1 }),
    tf.layers.dense({ units: 1, kernelConstraint: tf.constraints.nonNeg(), kernelRegularizer: tf.regularizers.l2() }),
  ];
  const model = tf.sequential({ layers });
  const [constrained] = layers.at(-1)!.weights;
  hidden<{ val: tf.Variable }>(constrained!).val.assign(tf.tensor2d([[-0.5]])); // as tfjs's training may leave it
  const { numTensors } = tf.memory();
  await saveModel(model, join(folder, 'wrapped', 'model.json'));
  const loaded = await loadModel(join(folder, 'wrapped', 'model.json'));
  assert.deepEqual(loaded.toJSON(null, false), model.toJSON(null, false));
  const ask = (asked: tf.LayersModel) =>
    tf.tidy(() => [...(asked.predict(tf.ones([1, 3, 2])) as tf.Tensor).dataSync()]);
  assert.deepEqual(ask(loaded), ask(model));
  loaded.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  model.dispose();
  const numpy = layer('ReLU', 'relu', { max_value: { type: 'ndarray', value: 6 }, batch_input_shape: [null, 1] });
  const relu6 = await open(sequential([numpy]));
  assert.equal(relu6.layers[0]!.getConfig().maxValue, 6);
  relu6.dispose();
});
