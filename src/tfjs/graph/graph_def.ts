import type { TFEOpAttr } from '@tensorflow/tfjs-node/dist/tfjs_binding';
import { savedModelText } from './saved_model';

/** An operation of TensorFlow's: its inputs are names of others, with `:1` and so on for an output but the first. */
export interface GraphNode {
  name: string;
  op: string;
  inputs: string[];
  attributes: GraphAttribute[];
}

/** A setting of an operation, as tfjs-node has it; the shape of a Placeholder; or the value of a Const. */
export type GraphAttribute = TFEOpAttr | { name: string; shape: number[] } | { name: string; constant: Constant };

/** A tensor that is part of a graph. `dtype` is TensorFlow's number. */
export interface Constant {
  dtype: number;
  shape: number[];
  bytes: Uint8Array;
}

/** What the binding calls the types of attributes. */
export interface AttributeTypes {
  TF_ATTR_STRING: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
}

const sizes = (shape: number[]) => shape.map((size) => `dim { size: ${size} }`).join(' ');
const escaped = (bytes: Uint8Array) => Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

function attributeValue(attribute: GraphAttribute, types: AttributeTypes): string {
  if ('constant' in attribute) {
    const { dtype, shape, bytes } = attribute.constant;
    return `tensor { dtype: ${dtype} tensor_shape { ${sizes(shape)} } tensor_content: "${escaped(bytes)}" }`;
  }
  if ('shape' in attribute) return `shape { ${sizes(attribute.shape)} }`;
  const { name, type, value } = attribute;
  if (type === types.TF_ATTR_STRING) return `s: ${JSON.stringify(value)}`;
  if (type === types.TF_ATTR_INT && Array.isArray(value)) return `list { i: [${value}] }`;
  if (type === types.TF_ATTR_INT) return `i: ${value}`;
  if (type === types.TF_ATTR_FLOAT) return `f: ${value}`;
  if (type === types.TF_ATTR_BOOL) return `b: ${value}`;
  if (type === types.TF_ATTR_TYPE) return `type: ${value}`;
  throw new Error(`Expected an attribute of a known type. Received: ${name}=${JSON.stringify(value)} of type ${type}`);
}

function nodeText({ name, op, inputs, attributes }: GraphNode, types: AttributeTypes): string {
  const from = inputs.map((input) => `input: "${input}"`);
  const settings = attributes.map((one) => `attr { key: "${one.name}" value { ${attributeValue(one, types)} } }`);
  return `node { ${[`name: "${name}" op: "${op}"`, ...from, ...settings].join(' ')} }`;
}

/**
 * The content of a `saved_model.pbtxt` with a graph and no variables, tagged `serve`. Source: saved_model.proto, graph.proto
 * and node_def.proto in tensorflow/core.
 *
 * @throws Error naming an attribute of a type that tfjs-node doesn't use.
 */
export function savedModel(nodes: GraphNode[], types: AttributeTypes): string {
  return savedModelText(nodes.map((node) => nodeText(node, types)).join('\n'));
}
