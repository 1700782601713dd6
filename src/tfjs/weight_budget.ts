import { AsyncLocalStorage } from 'node:async_hooks';
import * as tf from './raw';

/** Keras's largest network has about 1000 layers; models are called too, and leave room for more. */
export const MAX_CALLS = 2500;

/** How many values a file holds and how many of them are left, how often layers were called, and what was made. */
interface Budget {
  values: number;
  left: number;
  calls: number;
  made: tf.Tensor[];
}

const budgets = new AsyncLocalStorage<Budget>();

/** What all layers call, though tfjs shows the first to its own layers only. */
interface LayerMethods {
  addWeight: (name: string, shape: tf.Shape, ...rest: unknown[]) => tf.LayerVariable;
  apply: tf.layers.Layer['apply'];
}

const layer = tf.layers.Layer.prototype as unknown as LayerMethods;
const { addWeight, apply } = layer;

layer.addWeight = function (this: tf.layers.Layer, name, shape, ...rest) {
  const budget = budgets.getStore();
  if (!budget) return addWeight.call(this, name, shape, ...rest);
  const sizes = shape.every((size) => Number.isSafeInteger(size) && Number(size) >= 0)
    ? (shape as number[])
    : [Number.NaN];
  budget.left -= tf.util.sizeFromShape(sizes);
  // Nor is NaN.
  if (!(budget.left >= 0)) {
    throw new Error(
      `the layer '${this.name}' has weights of shape ${JSON.stringify(shape)}, ` +
        `and the file holds ${budget.values} values in all`,
    );
  }
  const weight = addWeight.call(this, name, shape, ...rest);
  budget.made.push(weight.read());
  return weight;
};

layer.apply = function (...args) {
  const budget = budgets.getStore();
  if (budget && ++budget.calls > MAX_CALLS) throw new Error(`it calls layers more than ${MAX_CALLS} times`);
  return apply.call(this, ...args);
};

/**
 * Builds a model whose weights are going to be read from a file of so many `values`: none beyond them is made, whatever
 * its architecture says.
 *
 * @throws Error naming the layer whose weights go beyond it, and what `build` throws; nothing is left behind then.
 */
export async function withWeightBudget<T>(values: number, build: () => Promise<T>): Promise<T> {
  const budget: Budget = { values, left: values, calls: 0, made: [] };
  try {
    return await budgets.run(budget, build);
  } catch (error) {
    tf.dispose(budget.made);
    throw error;
  }
}
