import { hidden, patch, type Reason } from './patch';
import * as tf from './raw';

// Each call of a model goes through all layers in it, and through those of the models in it as often as it calls them:
// Keras's largest network, of 1000 layers, could be called a dozen times.
const MAX_STEPS = 25_000;
// TensorFlow computes with eight.
const MAX_RANK = 16;

/** What a file that a model is built from allows: how many values are left, how many steps were taken, what was made. */
interface Budget {
  values: number;
  left: number;
  steps: number;
  made: Set<tf.Tensor>;
}

let budget: Budget | undefined;

/** What all layers and models have, though tfjs shows it to its own only. */
interface LayerMethods {
  addWeight: (
    this: tf.layers.Layer,
    name: string,
    shape: tf.Shape,
    dtype?: tf.DataType,
    initializer?: unknown,
    ...rest: unknown[]
  ) => tf.LayerVariable;
  apply: (this: tf.layers.Layer, ...args: Parameters<tf.layers.Layer['apply']>) => ReturnType<tf.layers.Layer['apply']>;
}

/** A recurrent layer that remembers its states from batch to batch, made when it is built. */
interface Stateful {
  stateful: boolean;
  states_: tf.Tensor[] | null;
  resetStates: (this: Stateful, ...args: unknown[]) => void;
  call: (this: Stateful, ...args: unknown[]) => unknown;
}

/** The prototypes that have a `resetStates` of their own. */
function recurrentPrototypes(): Stateful[] {
  const convolutional = Object.getPrototypeOf(tf.layers.convLstm2d({ filters: 1, kernelSize: 1 }));
  return [hidden<Stateful>(tf.RNN.prototype), hidden<Stateful>(Object.getPrototypeOf(convolutional))];
}

function spend(budget: Budget, layer: string, shape: tf.Shape): void {
  const known = shape.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
  budget.left -= known ? tf.util.sizeFromShape(shape as number[]) : Number.NaN;
  // Nor is NaN.
  if (!(budget.left >= 0)) {
    throw new Error(
      `the layer '${layer}' has weights of shape ${JSON.stringify(shape)}, and the file holds ${budget.values} values in all`,
    );
  }
}

/**
 * Has layers make, while a model is built from a file, no more weights than the file has, zeros for whatever the file
 * says that they begin with, and nothing else; and limits the axes that they get, and the steps through models within models.
 */
export function countedWeights(reason: Reason): void {
  const layer = hidden<LayerMethods>(tf.layers.Layer.prototype);
  patch(
    layer,
    'addWeight',
    (addWeight) =>
      function (this: tf.layers.Layer, name, shape, dtype, initializer, ...rest) {
        if (!budget) return addWeight.call(this, name, shape, dtype, initializer, ...rest);
        spend(budget, this.name, shape);
        const weight = addWeight.call(this, name, shape, dtype, tf.initializers.zeros(), ...rest);
        budget.made.add(weight.read());
        return weight;
      },
    reason,
  );
  patch(
    layer,
    'apply',
    (apply) =>
      function (this: tf.layers.Layer, ...args) {
        if (budget && [args[0]].flat().some(({ rank }) => rank > MAX_RANK)) {
          throw new Error(`the layer '${this.name}' gets more than ${MAX_RANK} axes`);
        }
        return apply.call(this, ...args);
      },
    reason,
  );
  const container: tf.LayersModel = Object.getPrototypeOf(tf.LayersModel.prototype);
  patch(
    container,
    'computeOutputShape',
    (computeOutputShape) =>
      function (this: tf.LayersModel, inputShape) {
        if (budget) budget.steps += this.layers.length;
        if (budget && budget.steps > MAX_STEPS) throw new Error(`its models take more than ${MAX_STEPS} steps in all`);
        return computeOutputShape.call(this, inputShape);
      },
    reason,
  );
  const recurrent = recurrentPrototypes();
  for (const prototype of recurrent) {
    patch(
      prototype,
      'resetStates',
      (resetStates) =>
        function (...args) {
          // As large as the file says that a batch is.
          if (!budget) resetStates.call(this, ...args);
        },
      reason,
    );
  }
  patch(
    recurrent[0]!,
    'call',
    (call) =>
      function (...args) {
        if (this.stateful && !this.states_) this.resetStates();
        return call.call(this, ...args);
      },
    reason,
  );
}

/**
 * Builds a model that gets its weights from a file of so many `values`: none beyond them is made, whatever its architecture
 * says, and none is left of layers that lead to no output.
 *
 * @throws Error naming the layer whose weights go beyond it, and what `build` throws; nothing is left behind then.
 */
export function withWeightBudget(values: number, build: () => tf.LayersModel): tf.LayersModel {
  const made = new Set<tf.Tensor>();
  const built: tf.LayersModel[] = [];
  budget = { values, left: values, steps: 0, made };
  try {
    // Tidied, since a layer that can't be made may leave what it was about to make a weight of.
    tf.tidy(() => void built.push(build()));
    const model = built[0]!;
    for (const weight of model.weights) made.delete(weight.read());
    return model;
  } finally {
    budget = undefined;
    tf.dispose([...made]);
  }
}
