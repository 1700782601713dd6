// What is checked against is what Thaw knows of layers: its own are known once they are imported.
import '../../layers';
import { layerClasses, layerRecord } from '../../tfjs/layer_records';
import { asJson, isKerasObject, isOperation, isWrapped, type Json, type LayerConfig } from './types';

// Operations on tensors, such as a sum by `+`, that do what the layers of the same name do.
const OPERATIONS = ['Add', 'Maximum', 'Minimum', 'Multiply'];

/** The types of an input. */
export const INPUTS: unknown[] = ['float32', ...[8, 16, 32, 64].flatMap((bits) => [`int${bits}`, `uint${bits}`])];

/** What every layer has, read and written elsewhere. */
const COMMON = ['name', 'trainable', 'dtype', 'batch_input_shape'];

/** Settings that tfjs hasn't: what they must be, or null where they change nothing. */
const FIXED = new Map<string, unknown[] | null>([
  // What Keras 2 calls the negative slope.
  ['alpha', null],
  ['dilation_rate', [1, [1, 1]]],
  ['groups', [1]],
  // Of a SeparableConv2D or DepthwiseConv2D of Keras 2, which doesn't use it.
  ['kernel_initializer', null],
  // Which implementation TensorFlow 1 and 2 took.
  ['fused', null],
  // Where a layer of Keras 2 that augments has its draws from.
  ['rng_type', null],
  // What Keras 2 calls the threshold.
  ['theta', null],
  // Of a renormalisation, which itself is refused.
  ['renorm_momentum', null],
]);

const told = (value: unknown) => (typeof value === 'string' ? value : asJson(value));

/** The type that a layer computes in, float32 unless it says otherwise. Keras 2 writes a name, Keras 3 a policy. */
export function typeOf({ dtype }: Json): unknown {
  return isKerasObject(dtype) ? dtype.config.name : (dtype ?? 'float32');
}

/**
 * Checks that a saved layer is Keras's own, not another of the same name, and computes in float32.
 *
 * @throws Error naming the layer.
 */
export function checkLayer(saved: LayerConfig): void {
  const { module = 'keras', class_name, config } = saved;
  const refuse = (expected: string, received: string) =>
    new Error(
      `The layer '${config.name}' (${class_name}) can't be loaded. Expected ${expected}. Received: ${received}`,
    );
  if (isOperation(saved) && !OPERATIONS.includes(class_name)) {
    throw refuse(`one of the operations ${OPERATIONS.join(', ')}, or a layer in its place`, class_name);
  }
  if (!isOperation(saved) && !(typeof module === 'string' && /^(tf_)?keras\b/.test(module))) {
    throw refuse('a layer of Keras', `module=${told(module)}`);
  }
  if (config.sparse || config.ragged) {
    throw refuse('a dense input', 'a sparse or ragged one');
  }
  const types = class_name === 'InputLayer' ? INPUTS : ['float32'];
  if (!types.includes(typeOf(config))) {
    throw refuse('the dtype float32', `dtype=${told(typeOf(config))}`);
  }
  if (config.trainable != null && typeof config.trainable !== 'boolean') {
    throw refuse('it to be trainable or not', `trainable=${asJson(config.trainable)}`);
  }
}

/** How the layer of this configuration is called in an error. */
const describe = (className: string, name: unknown) => `The layer '${name}' (${className}) can't be saved or loaded`;

function checkExtra(className: string, config: Json, key: string): void {
  const allowed = FIXED.get(key);
  // Keras 2.12 wraps numbers.
  const given = isWrapped(config[key]) ? config[key].config.value : config[key];
  const value = JSON.stringify(given);
  if (allowed === null || !given || allowed?.some((one) => JSON.stringify(one) === value)) {
    return;
  }
  const expected = allowed ? `Expected ${key}=${JSON.stringify(allowed[0])}.` : `Expected a layer without ${key}.`;
  throw new Error(
    `${describe(className, config.name)} as it is set. ${expected} Received: ${key}=${asJson(config[key])}`,
  );
}

/** The error that names a layer of a class that isn't among the `known` ones. */
export function unknownLayer(className: string, name: unknown, known: string[]): Error {
  return new Error(`${describe(className, name)}. Expected one of: ${known.join(', ')}. Received: ${className}`);
}

/**
 * The settings of a layer that both Keras and tfjs have. `config` is its configuration in Keras's words.
 *
 * @throws Error naming the layer, where it isn't among those that can be saved, or is set to what tfjs or Keras lacks.
 */
export function settingsOf(className: string, config: Json): readonly string[] {
  const settings = layerRecord(className)?.keras;
  if (!settings) {
    const known = layerClasses().filter((name) => layerRecord(name)?.keras);
    throw unknownLayer(className, config.name, ['InputLayer', 'Sequential', 'Functional', ...known]);
  }
  const extra = Object.keys(config).filter((key) => !settings.includes(key) && !COMMON.includes(key));
  for (const key of extra) {
    checkExtra(className, config, key);
  }
  if (config.data_format === 'channels_first') {
    const received = 'data_format=channels_first';
    throw new Error(`${describe(className, config.name)} with the channels first. Received: ${received}`);
  }
  return settings;
}
