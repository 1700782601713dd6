import { AsyncLocalStorage } from 'node:async_hooks';
import { hidden, patch, type Reason } from './patch';
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
  addWeight: (this: tf.layers.Layer, name: string, shape: tf.Shape, ...rest: unknown[]) => tf.LayerVariable;
  apply: (this: tf.layers.Layer, ...args: Parameters<tf.layers.Layer['apply']>) => ReturnType<tf.layers.Layer['apply']>;
}

/** Counts, while a model is built from a file, the weights that its layers make and how often they are called. */
export function countedWeights(reason: Reason): void {
  const layer = hidden<LayerMethods>(tf.layers.Layer.prototype);
  patch(
    layer,
    'addWeight',
    (addWeight) =>
      function (this: tf.layers.Layer, name, shape, ...rest) {
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
      },
    reason,
  );
  patch(
    layer,
    'apply',
    (apply) =>
      function (this: tf.layers.Layer, ...args) {
        const budget = budgets.getStore();
        if (budget && ++budget.calls > MAX_CALLS) throw new Error(`it calls layers more than ${MAX_CALLS} times`);
        return apply.call(this, ...args);
      },
    reason,
  );
}

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
