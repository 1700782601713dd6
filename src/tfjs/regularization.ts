import { hidden, patch, type Reason } from './patch';
import * as tf from './raw';
import { leaves, thawedWeights } from './trainable';

/*
 * What a model's regularizers add to its loss, as in Keras 3 (`_get_regularization_losses` in keras/src/layers/layer.py): in
 * training and evaluation alike, once for each weight that trains.
 */

/** Gives the penalty for a weight's values, a scalar. */
interface Regularizer {
  apply(x: tf.Tensor): tf.Scalar;
}

/** What all layers have, though tfjs shows it to its own only. */
interface LayerMethods {
  addWeight(
    this: tf.layers.Layer,
    name: string,
    shape: tf.Shape,
    dtype?: tf.DataType,
    initializer?: unknown,
    regularizer?: Regularizer | null,
    ...rest: unknown[]
  ): tf.LayerVariable;
  calculateLosses(): tf.Scalar[];
}

type Step = (data: tf.Tensor[]) => tf.Scalar[];

/** What models have of that kind. */
interface ModelMethods {
  calculateLosses(this: tf.LayersModel): tf.Scalar[];
  makeTestFunction(this: tf.LayersModel): void;
}

const regularizers = new WeakMap<tf.LayerVariable, Regularizer>();

/** The penalties for the weights of a model, and what layers of one's own have asked for by `addLoss`. */
function addedLosses(model: tf.LayersModel): tf.Scalar[] {
  return tf.tidy(() => [
    ...[...new Set(leaves(model))].flatMap((layer) => hidden<LayerMethods>(layer).calculateLosses()),
    ...[...thawedWeights(model)].flatMap((weight) => regularizers.get(weight)?.apply(weight.read()) ?? []),
  ]);
}

/** Has every model's regularizers count as in Keras. */
export function regularizationCounts(reason: Reason): void {
  const layer = hidden<LayerMethods>(tf.layers.Layer.prototype);
  patch(
    layer,
    'addWeight',
    (addWeight) =>
      function (name, shape, dtype, initializer, regularizer, ...rest) {
        // tfjs itself would forget which weight the penalty is for.
        const weight = addWeight.call(this, name, shape, dtype, initializer, null, ...rest);
        if (regularizer) regularizers.set(weight, regularizer);
        return weight;
      },
    reason,
  );
  const container = hidden<ModelMethods>(Object.getPrototypeOf(tf.LayersModel.prototype));
  patch(
    container,
    'calculateLosses',
    () =>
      function () {
        return addedLosses(this);
      },
    reason,
  );
  patch(
    hidden<ModelMethods>(tf.LayersModel.prototype),
    'makeTestFunction',
    (makeTestFunction) =>
      function () {
        makeTestFunction.call(this);
        const model = hidden<{ testFunction: Step }>(this);
        const { testFunction } = model;
        model.testFunction = (data) =>
          tf.tidy(() => {
            // For each output tfjs gives the sum of the losses up to its own, then what it measures.
            const values = testFunction(data);
            const loss = values[this.outputs.length - 1]!;
            const total = addedLosses(this).reduce<tf.Scalar>((sum, added) => sum.add(added), loss);
            return [total, ...values.slice(this.outputs.length)];
          });
      },
    reason,
  );
}

/** What tfjs hides of its regularizer. */
interface L1L2 {
  readonly l1: number;
  readonly l2: number;
  apply(x: tf.Tensor): tf.Scalar;
}

/** Has an L1 penalty leave what is 0 as it is. */
export function levelL1(reason: Reason): void {
  const l1l2: L1L2 = Object.getPrototypeOf(tf.regularizers.l1l2());
  patch(
    l1l2,
    'apply',
    (apply) =>
      function (this: L1L2, x) {
        if (this.l1 === 0) return apply.call(this, x);
        // An absolute value of which the gradient at 0 is 0.
        return tf.tidy(() => x.mul(x.sign()).mul(this.l1).add(x.square().mul(this.l2)).sum());
      },
    reason,
  );
}
