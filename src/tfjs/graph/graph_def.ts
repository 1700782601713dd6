import type { TFEOpAttr } from '../raw';

/** The version of graphs since TensorFlow 2.9. */
const PRODUCER = 1087;

/** An operation of TensorFlow's: its inputs are names of others, with `:1` and so on for an output but the first. */
export interface GraphNode {
  name: string;
  op: string;
  inputs: string[];
  attributes: GraphAttribute[];
}

/**
 * A setting of an operation, as tfjs-node has it; the shape of a Placeholder; the value of a Const; what a dataset gives;
 * or the name of the function that it calls. Types are TensorFlow's numbers.
 */
export type GraphAttribute =
  | TFEOpAttr
  | { name: string; shape: number[] }
  | { name: string; constant: Constant }
  | { name: string; types: number[] }
  | { name: string; shapes: number[][] }
  | { name: string; calls: string };

/** A function in a graph. Inside it an input names one of its own, or another's output in full, such as `file:contents:0`. */
export interface GraphFunction {
  name: string;
  inputs: { name: string; dtype: number }[];
  nodes: GraphNode[];
  output: { name: string; dtype: number; from: string };
}

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
  if ('types' in attribute) return `list { type: [${attribute.types}] }`;
  if ('shapes' in attribute) return `list { ${attribute.shapes.map((one) => `shape { ${sizes(one)} }`).join(' ')} }`;
  if ('calls' in attribute) return `func { name: "${attribute.calls}" }`;
  const { name, type, value } = attribute;
  if (type === types.TF_ATTR_STRING) return `s: "${escaped(Buffer.from(String(value)))}"`;
  if (type === types.TF_ATTR_INT && Array.isArray(value)) return `list { i: [${value}] }`;
  if (type === types.TF_ATTR_INT) return `i: ${value}`;
  if (type === types.TF_ATTR_FLOAT) return `f: ${value}`;
  if (type === types.TF_ATTR_BOOL) return `b: ${value}`;
  if (type === types.TF_ATTR_TYPE) return `type: ${value}`;
  throw new Error(`Expected an attribute of a known type. Received: ${name}=${JSON.stringify(value)} of type ${type}`);
}

/** What a node is, without the braces around it. */
function nodeText({ name, op, inputs, attributes }: GraphNode, types: AttributeTypes): string {
  const from = inputs.map((input) => `input: "${input}"`);
  const settings = attributes.map((one) => `attr { key: "${one.name}" value { ${attributeValue(one, types)} } }`);
  return [`name: "${name}" op: "${op}"`, ...from, ...settings].join(' ');
}

function functionText({ name, inputs, nodes, output }: GraphFunction, types: AttributeTypes): string {
  const argument = ({ name, dtype }: { name: string; dtype: number }) => `{ name: "${name}" type: ${dtype} }`;
  const taken = inputs.map((input) => `input_arg ${argument(input)}`);
  return [
    `function { signature { name: "${name}" ${taken.join(' ')} output_arg ${argument(output)} }`,
    ...nodes.map((node) => `node_def { ${nodeText(node, types)} }`),
    `ret { key: "${output.name}" value: "${output.from}" } }`,
  ].join('\n');
}

/**
 * The content of a `saved_model.pbtxt` with a graph and no variables, tagged `serve`. Source: saved_model.proto, graph.proto,
 * function.proto and node_def.proto in tensorflow/core.
 *
 * @param functions Those that nodes call.
 * @throws Error naming an attribute of a type that tfjs-node doesn't use.
 */
export function savedModel(nodes: GraphNode[], types: AttributeTypes, functions: GraphFunction[] = []): string {
  return [
    'saved_model_schema_version: 1 meta_graphs { meta_info_def { tags: "serve" } graph_def {',
    ...nodes.map((node) => `node { ${nodeText(node, types)} }`),
    `library { ${functions.map((one) => functionText(one, types)).join('\n')} }`,
    `versions { producer: ${PRODUCER} } } }`,
  ].join('\n');
}
