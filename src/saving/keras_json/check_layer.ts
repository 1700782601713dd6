import type { Json } from './keras_layers';
import { isOperation, type LayerConfig } from './model_graph';

// Operations on tensors, such as a sum by `+`, that do what the layers of the same name do.
const OPERATIONS = ['Add', 'Maximum', 'Minimum', 'Multiply'];

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
  if (!isOperation(saved) && !/^(tf_)?keras\b/.test(String(module))) {
    throw refuse('a layer of Keras', `module=${module}`);
  }
  if (config.sparse || config.ragged) {
    throw refuse('a dense input', 'a sparse or ragged one');
  }
  // Keras 2 writes a name, Keras 3 a policy.
  const { dtype } = config;
  const name = dtype && typeof dtype === 'object' ? (dtype as { config: Json }).config.name : dtype;
  const fits = class_name === 'InputLayer' ? /^(float32|u?int(8|16|32|64))$/ : /^float32$/;
  if (name && !fits.test(String(name))) {
    throw refuse('the dtype float32', `dtype=${name}`);
  }
}
