import assert from 'node:assert/strict';
import { test } from 'node:test';
import { savedModel } from '../../../src/tfjs/graph/graph_def';

const types = { TF_ATTR_STRING: 0, TF_ATTR_INT: 1, TF_ATTR_FLOAT: 2, TF_ATTR_BOOL: 3, TF_ATTR_TYPE: 4 };

test('savedModel() refuses an attribute of a type that it does not know, by name', () => {
  const nodes = [{ name: 'a', op: 'B', inputs: [], attributes: [{ name: 'shape', type: 5, value: [2] }] }];
  assert.throws(
    () => savedModel(nodes, types),
    /Expected an attribute of a known type\. Received: shape=\[2\] of type 5/,
  );
});

test('savedModel() writes bytes, lists and functions as TensorFlow reads them', () => {
  const load = {
    name: 'load',
    inputs: [{ name: 'path', dtype: 7 }],
    nodes: [{ name: 'file', op: 'ReadFile', inputs: ['path'], attributes: [] }],
    output: { name: 'bytes', dtype: 7, from: 'file:contents:0' },
  };
  const attributes = [
    { name: 'options', type: 0, value: ':\x02"' },
    { name: 'output_types', types: [1, 3] },
    { name: 'output_shapes', shapes: [[-1, 3], []] },
    { name: 'f', calls: 'load' },
  ];
  const text = savedModel([{ name: 'a', op: 'B', inputs: ['c', '^d'], attributes }], types, [load]);
  for (const part of [
    'node { name: "a" op: "B" input: "c" input: "^d" attr {',
    'key: "options" value { s: "\\072\\002\\042" }',
    'key: "output_types" value { list { type: [1,3] } }',
    'key: "output_shapes" value { list { shape { dim { size: -1 } dim { size: 3 } } shape {  } } }',
    'key: "f" value { func { name: "load" } }',
    'function { signature { name: "load" input_arg { name: "path" type: 7 } output_arg { name: "bytes" type: 7 } }',
    'node_def { name: "file" op: "ReadFile" input: "path" }\nret { key: "bytes" value: "file:contents:0" } }',
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
});
