import * as tf from '../raw';
import type { GraphNode } from './graph_def';

/** Operations that a computation was made of, the names of what is fed to them, in order, and of what comes of it. */
export interface Trace {
  nodes: GraphNode[];
  feeds: string[];
  output: string;
}

/**
 * Computes, and notes the operations that this takes on tfjs-node's backend.
 *
 * @param fed The tensors that the computation starts from; all others that it takes become constants.
 * @param compute Gives one tensor. It mustn't read any, nor may what it does depend on the values in `fed`.
 */
export function trace(fed: tf.Tensor[], compute: () => tf.Tensor): Trace {
  const backend = tf.nodeBackend();
  const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32, TF_BOOL } = backend.binding;
  const dtypes = new Map([
    ['float32', TF_FLOAT],
    ['int32', TF_INT32],
    ['bool', TF_BOOL],
  ]);
  const nodes: GraphNode[] = [];
  const names = new Map<object, string>();

  const add = (op: string, inputs: string[], attributes: GraphNode['attributes'], outputs: tf.TensorInfo[]) => {
    const name = `node${nodes.length}`;
    nodes.push({ name, op, inputs, attributes });
    for (const [index, { dataId }] of outputs.entries()) names.set(dataId, index === 0 ? name : `${name}:${index}`);
    return name;
  };
  const dtypeOf = (tensor: tf.TensorInfo) => ({ name: 'dtype', type: TF_ATTR_TYPE, value: dtypes.get(tensor.dtype)! });
  const constant = (tensor: tf.TensorInfo) => {
    const values = backend.readSync(tensor.dataId) as Float32Array | Int32Array | Uint8Array;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const value = { name: 'value', constant: { dtype: dtypes.get(tensor.dtype)!, shape: tensor.shape, bytes } };
    return add('Const', [], [dtypeOf(tensor), value], [tensor]);
  };
  const inputsOf = (tensors: tf.TensorInfo[]) => tensors.map((tensor) => names.get(tensor.dataId) ?? constant(tensor));

  const feeds = fed.map((tensor) => {
    return add('Placeholder', [], [dtypeOf(tensor), { name: 'shape', shape: tensor.shape }], [tensor]);
  });
  const { executeSingleOutput, executeMultipleOutputs } = backend;
  backend.executeSingleOutput = (op, attributes, inputs) => {
    const output = executeSingleOutput.call(backend, op, attributes, inputs);
    const same = tf.util.arraysEqual(inputs[0]?.shape ?? [], output.shape) && names.get(inputs[0]!.dataId);
    // To the same shape they do nothing but tie the graph to one size of batch; tfjs reshapes after each BatchNormalization.
    if (['Reshape', 'Slice'].includes(op) && same) names.set(output.dataId, same);
    else add(op, inputsOf(inputs), attributes, [output]);
    return output;
  };
  backend.executeMultipleOutputs = (op, attributes, inputs, count) => {
    const outputs = executeMultipleOutputs.call(backend, op, attributes, inputs, count);
    add(op, inputsOf(inputs), attributes, outputs);
    return outputs;
  };
  try {
    const output = tf.tidy(() => names.get(compute().dataId)!);
    return { nodes, feeds, output };
  } finally {
    Object.assign(backend, { executeSingleOutput, executeMultipleOutputs });
  }
}
