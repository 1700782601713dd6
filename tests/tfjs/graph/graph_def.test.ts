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
