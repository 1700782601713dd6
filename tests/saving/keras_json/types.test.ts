import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readModelConfig } from '../../../src/saving/keras_json/types';

const dense = { class_name: 'Dense', config: { name: 'dense', units: 2 } };
const sequential = (...layers: unknown[]) => ({ class_name: 'Sequential', config: { name: 'outer', layers } });
const called = (...inbound_nodes: unknown[]) => sequential({ ...dense, name: 'first', inbound_nodes });

test('readModelConfig() leaves Keras 3 and Keras 2 as they are, but for what only the first Keras 2 wrote', () => {
  const kwargs = { training: false };
  const tensor = { class_name: '__keras_tensor__', config: { shape: [null, 2], keras_history: ['in', 0, 0] } };
  for (const node of [{ args: [tensor], kwargs }, [['in', 0, 0, kwargs]], [['in', 0, 0]], []]) {
    const model = { module: 'keras', ...called(node), compile_config: { loss: 'mse' } };
    assert.deepEqual(readModelConfig(model), model);
  }
  const list = { class_name: 'Sequential', config: [dense] };
  const opened = { class_name: 'Sequential', config: { name: 'sequential', layers: [dense] } };
  assert.deepEqual(readModelConfig(sequential(list)), sequential(opened));
  assert.deepEqual(readModelConfig(called(['in', 0, 0])), called([['in', 0, 0]]));
});

for (const [json, message] of [
  [null, /Expected the model to have a class, settings and a name\. Received: null/],
  [dense, /Expected a Functional or Sequential model\. Received: Dense/],
  [{ class_name: 'Functional', config: { name: 'net', layers: {} } }, /the model 'net' to have a list of layers/],
  [sequential(dense, null), /each layer of 'outer' to have a class, settings and a name\. Received: null/],
  [sequential({ ...dense, class_name: 3 }), /each layer of 'outer' .* Received: \{"class_name":3/],
  [sequential({ ...dense, name: [] }), /each layer of 'outer'/],
  [sequential({ class_name: 'Dense', config: { units: 2 } }), /each layer of 'outer'/],
  [sequential(sequential(3)), /each layer of 'outer' .* Received: 3/],
  [called('in'), /The layer 'dense' \(Dense\) .* something else than tensors\. Received: "in"/],
  [called([['in', 0, 'x']]), /The layer 'dense' \(Dense\) .* something else than tensors/],
  [called({ args: 3 }), /something else than tensors/],
  [sequential({ ...dense, inbound_nodes: 3 }), /The layer 'dense' \(Dense\) .* expected a list of calls\. Received: 3/],
] as const)
  test(`readModelConfig() names what is wrong: ${message.source}`, () => {
    assert.throws(() => readModelConfig(json), message);
  });
