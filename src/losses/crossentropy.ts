import '../tf';
import { type Crossentropy, type CrossentropyName, crossentropy } from '../tfjs/crossentropy';
import { checkOptions } from '../utils/check_options';

/** The arguments of a cross-entropy. */
export interface CrossentropyArgs {
  /**
   * Whether the model's outputs are logits: numbers of any size, of which a sigmoid or softmax would make probabilities. Of
   * outputs that come from one, the loss is computed from the logits under it anyway. Defaults to false.
   */
  fromLogits?: boolean;
}

function make(name: CrossentropyName, args: CrossentropyArgs): Crossentropy {
  checkOptions(name, args, { fromLogits: true });
  const { fromLogits = false } = args;
  if (typeof fromLogits !== 'boolean') {
    throw new Error(`Expected fromLogits to be true or false. Received: fromLogits=${fromLogits}`);
  }
  return crossentropy(name, fromLogits);
}

/**
 * Cross-entropy for labels 0 or 1, [batch, units]: a loss, or a metric. Source: `keras.losses.BinaryCrossentropy`.
 *
 * @throws Error when `fromLogits` is no boolean, or another option is given.
 * @example
 * model.compile({
 *   optimizer: 'adam',
 *   loss: losses.binaryCrossentropy({ fromLogits: true }),
 *   metrics: [metrics.binaryAccuracy({ threshold: 0 })],
 * });
 */
export function binaryCrossentropy(args: CrossentropyArgs = {}): Crossentropy {
  return make('binaryCrossentropy', args);
}

/**
 * Cross-entropy for labels with one number for each class, [batch, classes]: a loss, or a metric. Source:
 * `keras.losses.CategoricalCrossentropy`.
 *
 * @throws Error when `fromLogits` is no boolean, or another option is given.
 * @example
 * model.compile({ optimizer: 'adam', loss: losses.categoricalCrossentropy({ fromLogits: true }) });
 */
export function categoricalCrossentropy(args: CrossentropyArgs = {}): Crossentropy {
  return make('categoricalCrossentropy', args);
}

/**
 * Cross-entropy for class numbers, [batch] or [batch, 1]: a loss, or a metric. Source:
 * `keras.losses.SparseCategoricalCrossentropy`.
 *
 * @throws Error when `fromLogits` is no boolean, or another option is given; and when it is computed of numbers that are no
 *   classes of the model's.
 * @example
 * model.compile({ optimizer: 'adam', loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) });
 */
export function sparseCategoricalCrossentropy(args: CrossentropyArgs = {}): Crossentropy {
  return make('sparseCategoricalCrossentropy', args);
}
