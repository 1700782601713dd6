import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deserializeModel } from '../../../src/saving/keras_json/deserialize_model';
import { type Json, readModelConfig } from '../../../src/saving/keras_json/types';
import * as tf from '../../../src/tf';
import { layerPaths } from '../../../src/tfjs/layer_paths';
import { reportWorst } from '../../support/parity';

/** What Keras 2.21 wrote of a model, and what that predicted with the weights below. */
const keras2 = JSON.parse(readFileSync(join(__dirname, 'keras2_model.json')).toString());

/** Builds the model that a file holds as this JSON. */
const open = async (json: unknown) => deserializeModel(readModelConfig(json), Number.POSITIVE_INFINITY);

function setWeights(model: tf.LayersModel): void {
  for (const { layer } of layerPaths(model)) {
    const weights = layer.weights.map(({ originalName, shape }) => {
      const indices = tf.range(0, tf.util.sizeFromShape(shape as number[]));
      const wave = indices.add(layer.name.length).sin();
      return (originalName.includes('variance') ? wave.add(1).mul(0.4) : wave.mul(0.5)).reshape(shape as number[]);
    });
    layer.setWeights(weights);
  }
}

const predict = (model: tf.LayersModel, input: tf.Tensor) =>
  [model.predict(input)].flat().flatMap((output) => Array.from(output.dataSync()));

test('deserializeModel() reads what Keras 2 wrote, predicting the same', async (t) => {
  const model = await open(keras2.config);
  setWeights(model);
  const predictions = predict(model, tf.range(0, 108).mul(1.3).cos().reshape([1, 6, 6, 3]));
  const errors = predictions.map((value, index) => Math.abs(value - keras2.predictions[index]));
  assert.equal(errors.length, keras2.predictions.length);
  model.dispose();
  reportWorst(t, "Keras 2's JSON, opened here", Math.max(...errors), 1e-5, 'difference');
});

const dense = (name: string, config: Json = {}) => ({ class_name: 'Dense', config: { name, units: 2, ...config } });
const input = { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 2] }, name: 'in' };
const functional = (layers: Json[], output: unknown[]) => ({
  class_name: 'Model',
  config: {
    name: 'graph',
    layers: [{ ...input, inbound_nodes: [] }, ...layers],
    input_layers: [['in', 0, 0]],
    output_layers: [output],
  },
});

test('deserializeModel() takes no heed of where an augmentation of the last Keras 2 has its draws from', async () => {
  const flip = { class_name: 'RandomFlip', config: { name: 'flip', mode: 'horizontal', rng_type: 'stateful' } };
  const model = await open(functional([{ ...flip, inbound_nodes: [[['in', 0, 0, {}]]] }], ['flip', 0, 0]));
  assert.equal(model.layers[1]!.getClassName(), 'RandomFlip');
  model.dispose();
});

test('deserializeModel() reads a Sequential of the first Keras 2: a list, the shape in its first layer', async () => {
  const norm = { class_name: 'BatchNormalizationV1', config: { name: 'norm', axis: [1], fused: true } };
  const model = await open({
    class_name: 'Sequential',
    config: [dense('first', { batch_input_shape: [null, 3] }), norm],
  });
  assert.deepEqual(model.inputs[0]!.shape, [null, 3]);
  assert.deepEqual(
    model.layers.map(({ name }) => name),
    ['first', 'norm'],
  );
  model.dispose();
});

test('deserializeModel() keeps the order of the calls of a shared layer', async () => {
  const shared = { ...dense('shared'), name: 'shared', inbound_nodes: [[['late', 0, 0]], [['in', 0, 0]]] };
  const late = { ...dense('late', { units: 2 }), name: 'late', inbound_nodes: [[['in', 0, 0]]] };
  const model = await open(functional([shared, late], ['shared', 0, 0]));
  const sources = model.getLayer('shared').inboundNodes.map((node) => node.inboundLayers[0]!.name);
  assert.deepEqual(sources, ['late', 'in']);
  model.dispose();
});

for (const [what, nodes, message] of [
  ['layers that wait for one another', [[['b', 0, 0]]], /inputs to come from another. Received: a, b/],
  [
    'a layer that gets what no layer gives',
    [[['nobody', 0, 0]]],
    /layer 'a' .* Expected a layer of 'graph'. Received: 'nobody'/,
  ],
  [
    'a layer called with a mask',
    [[['in', 0, 0, { mask: ['in', 0, 0] }]]],
    /layer 'a' .* other than training. Received: mask/,
  ],
  ['a layer called with a number', [{ args: [3], kwargs: {} }], /layer 'a' .* something else than tensors/],
] as const) {
  test(`deserializeModel() refuses ${what}, and keeps no tensor`, async () => {
    const before = tf.memory().numTensors;
    const a = { ...dense('a'), name: 'a', inbound_nodes: nodes };
    const b = { ...dense('b'), name: 'b', inbound_nodes: [[['a', 0, 0]]] };
    const c = { ...dense('c'), name: 'c', inbound_nodes: [[['in', 0, 0]]] };
    await assert.rejects(open(functional([c, a, b], ['b', 0, 0])), message);
    assert.equal(tf.memory().numTensors, before);
  });
}

const operation = (class_name: string, other: unknown[]) => {
  const tensor = (keras_history: unknown[]) => ({ class_name: '__keras_tensor__', config: { keras_history } });
  const inbound_nodes = [{ args: [tensor(['in', 0, 0]), tensor(other)], kwargs: {} }];
  return { module: 'keras.src.ops.numpy', class_name, config: { name: 'sum' }, name: 'sum', inbound_nodes };
};
const column = {
  ...{ class_name: 'Reshape', config: { name: 'column', target_shape: [2, 1] }, name: 'column' },
  inbound_nodes: [{ args: operation('Add', ['in', 0, 0]).inbound_nodes[0]!.args.slice(0, 1), kwargs: {} }],
};

test('deserializeModel() takes a sum of tensors by + for the layer that adds them', async () => {
  const model = await open(functional([operation('Add', ['in', 0, 0])], ['sum', 0, 0]));
  assert.deepEqual(predict(model, tf.tensor([[1, 2]])), [2, 4]);
  model.dispose();
});

for (const [what, layers, message] of [
  [
    'an operation that no layer does',
    [operation('Subtract', ['in', 0, 0])],
    /'sum' \(Subtract\).*one of the operations Add/,
  ],
  ['a sum of tensors of two ranks', [column, operation('Add', ['column', 0, 0])], /'sum' .* tensors of one rank/],
  ["somebody's own layer of a name that Keras has", [{ ...dense('sum'), module: 'mine' }], /'sum'.*module=mine/],
] as const) {
  test(`deserializeModel() refuses ${what}`, async () => {
    await assert.rejects(open(functional([...layers], ['sum', 0, 0])), message);
  });
}

const config = (change: Json) =>
  functional([{ ...dense('a', change), name: 'a', inbound_nodes: [[['in', 0, 0]]] }], ['a', 0, 0]);
for (const [what, json, message] of [
  ['an activation in a list', config({ activation: ['relu'] }), /its activation to be one of.*Received: \["relu"\]/],
  ['a dtype in a list', config({ dtype: ['float32'] }), /dtype=\["float32"\]/],
  ['a policy without a name', config({ dtype: { class_name: 'DTypePolicy', config: {} } }), /the dtype float32/],
  [
    'a module in a list',
    functional([{ ...dense('a'), module: ['keras.layers'] }], ['a', 0, 0]),
    /module=\["keras\.layers"\]/,
  ],
  ['units in a text', config({ units: '2' }), /its units to be no text\. Received: "2"/],
  ['a yes or no in a text', config({ use_bias: 'false' }), /its use_bias to be no text/],
  ['a flag in a text', config({ trainable: 'false' }), /trainable="false"/],
  [
    'a distribution in a list',
    config({ kernel_initializer: { class_name: 'VarianceScaling', config: { distribution: ['truncated_normal'] } } }),
    /the distribution of its kernel_initializer/,
  ],
  [
    'a factor in a text',
    config({ kernel_regularizer: { class_name: 'L2', config: { l2: '1' } } }),
    /its kernel_regularizer/,
  ],
  [
    'an object in the place of numbers',
    config({ units: { class_name: 'Two', config: { value: 2 } } }),
    /its units to be/,
  ],
  [
    'the shape of an input in texts',
    {
      ...functional([], ['in', 0, 0]),
      class_name: 'Sequential',
      config: { name: 's', layers: [{ ...input, config: { name: 'in', batch_shape: [null, '2'] } }, dense('a')] },
    },
    /the shape of the input 'in'/,
  ],
  [
    'the channels first for the last',
    functional(
      [
        {
          class_name: 'Flatten',
          config: { name: 'a', data_format: 'channels_first' },
          name: 'a',
          inbound_nodes: [[['in', 0, 0]]],
        },
      ],
      ['a', 0, 0],
    ),
    /with the channels first/,
  ],
  ...['sparse', 'ragged'].map((kind) => {
    const changed = { ...input, config: { ...input.config, [kind]: true }, inbound_nodes: [] };
    const model = functional([], ['in', 0, 0]);
    return [
      `a ${kind} input for a dense one`,
      { ...model, config: { ...model.config, layers: [changed] } },
      /a dense input/,
    ] as const;
  }),
  [
    'an operation whose module is in a list',
    functional([{ ...operation('Add', ['in', 0, 0]), module: ['keras.src.ops.numpy'] }], ['sum', 0, 0]),
    /module=\["keras\.src\.ops\.numpy"\]/,
  ],
] as const)
  test(`deserializeModel() takes no type for another: ${what}`, async () => {
    const { numTensors } = tf.memory();
    await assert.rejects(open(json), message);
    assert.equal(tf.memory().numTensors, numTensors);
  });

for (const [what, layer, message] of [
  ['Rescaling without a scale', { class_name: 'Rescaling', config: { name: 'a' } }, /'a' .* its scale to be a number/],
  ['Dropout without a rate', { class_name: 'Dropout', config: { name: 'a' } }, /'a' .* its rate to be a number/],
  [
    'Rescaling beyond float32',
    { class_name: 'Rescaling', config: { name: 'a', scale: 1e308 } },
    /'a' .* its scale to be a number that float32 can hold/,
  ],
  ['Dense with a list for a flag', dense('a', { use_bias: [] }), /'a' .* its use_bias to be one value/],
] as const)
  test(`deserializeModel() refuses a ${what}, which would compute nonsense`, async () => {
    const { numTensors } = tf.memory();
    const config = { ...layer.config, batch_input_shape: [null, 2] };
    await assert.rejects(open({ class_name: 'Sequential', config: [{ ...layer, config }] }), message);
    assert.equal(tf.memory().numTensors, numTensors);
  });

test('deserializeModel() reads the type of an input from a policy', async () => {
  const dtype = { class_name: 'DTypePolicy', config: { name: 'int32' } };
  const whole = { ...input, config: { ...input.config, dtype }, inbound_nodes: [] };
  const model = await open({
    ...functional([], ['in', 0, 0]),
    config: { ...functional([], ['in', 0, 0]).config, layers: [whole] },
  });
  assert.equal(model.inputs[0]!.dtype, 'int32');
  model.dispose();
});

test('a layer whose name no terminal could print is refused, in words that it can', async () => {
  const odd = dense('de\x1b[31mnse', { batch_input_shape: [null, 3] });
  await assert.rejects(open({ class_name: 'Sequential', config: [odd] }), (error: Error) => {
    assert.match(error.message, /a name that can be printed\. Received: "de\\u001b\[31mnse"$/);
    return true;
  });
});
