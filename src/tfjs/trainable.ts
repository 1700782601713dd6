import { layerPaths } from './layer_paths';
import { type Accessor, hidden, patch, patchAccessor, type Reason } from './patch';
import * as tf from './raw';
import { untwinned } from './sequential_twin';

/*
 * Freezing and thawing as in Keras 3 (`trainable` in keras/src/layers/layer.py): setting a model's flag sets that of every
 * layer in it, and what trains is what the layers' own flags say, however deep they lie. In tfjs the models within a
 * model are left out, a layer can't be thawed again by itself, and building a Sequential thaws all that is in it.
 */

type Layer = tf.layers.Layer;
type Weight = tf.LayerVariable;

/** How many layers a warning names: a base may have hundreds. */
const MOST_NAMED = 10;

const flags = new WeakMap<tf.LayersModel, boolean>();
const warned = new WeakSet<Weight[]>();

/** The layers of a model that hold weights themselves, models opened. */
export function leaves(model: tf.LayersModel): Layer[] {
  return layerPaths(untwinned(model)).map(({ layer }) => layer);
}

/** Each weight once, though two models may share its layer. */
function weightsOf(model: tf.LayersModel): Weight[] {
  return [...new Set(leaves(model).flatMap(({ weights }) => weights))];
}

/** The weights that train by what the layers' own flags say now. */
export function thawedWeights(model: tf.LayersModel): Set<Weight> {
  return new Set(model.trainable ? leaves(model).flatMap(({ trainableWeights }) => trainableWeights) : []);
}

function frozenWeights(model: tf.LayersModel): Weight[] {
  const thawed = thawedWeights(model);
  return weightsOf(model).filter((weight) => !thawed.has(weight));
}

/** The weights that trained when the model was compiled. */
export function compiledWeights(model: tf.LayersModel): Weight[] {
  return hidden<{ collectedTrainableWeights: Weight[] }>(model).collectedTrainableWeights;
}

/** Says what trains in a compiled model. */
export function setCompiledWeights(model: tf.LayersModel, weights: Weight[]): void {
  Object.assign(model, { collectedTrainableWeights: weights });
}

/** Sets a model's own flag, and none of the layers' in it, as `loadModel` needs it. */
export function setOwnTrainable(model: tf.LayersModel, value: boolean): void {
  flags.set(model, value);
}

function warnOfChanges(model: tf.LayersModel): void {
  const collected = compiledWeights(model);
  const compiled = new Set(collected);
  const thawed = thawedWeights(model);
  const changed = leaves(model).filter(({ weights }) => weights.some((w) => compiled.has(w) !== thawed.has(w)));
  if (changed.length > 0 && !warned.has(collected)) {
    warned.add(collected);
    const names = changed.slice(0, MOST_NAMED).map(({ name }) => name);
    const others = changed.length > MOST_NAMED ? ` and ${changed.length - MOST_NAMED} more` : '';
    console.warn(
      `\`trainable\` has changed since the model '${untwinned(model).name}' was compiled: compile it again. What was ` +
        'frozen stands still at once, but what was thawed trains only from the next compile() on. ' +
        `Changed layers: ${names.join(', ')}${others}`,
    );
  }
}

/** What tfjs hides of training. */
interface Trainer {
  checkTrainableWeightsConsistency(): void;
  makeTrainFunction(this: tf.LayersModel): unknown;
}

/** Lets every model freeze and thaw as Keras's. */
export function kerasTrainable(reason: Reason): void {
  const container: tf.LayersModel = Object.getPrototypeOf(tf.LayersModel.prototype);
  const trainable: Accessor<tf.LayersModel, boolean> = {
    get() {
      return flags.get(untwinned(this)) ?? true;
    },
    set(value) {
      const model = untwinned(this);
      // A Sequential hands its flag on to the twin that it trains through: that is to thaw nothing.
      if (model !== this && model.trainable === value) return;
      setOwnTrainable(model, value);
      for (const layer of model.layers) layer.trainable = value;
    },
  };
  const weightList = (list: (model: tf.LayersModel) => Weight[]): Accessor<tf.LayersModel, Weight[]> => ({
    get() {
      return list(this);
    },
  });
  patchAccessor(container, 'trainable', trainable, reason);
  patchAccessor(container, 'weights', weightList(weightsOf), reason);
  patchAccessor(
    container,
    'trainableWeights',
    weightList((model) => [...thawedWeights(model)]),
    reason,
  );
  patchAccessor(container, 'nonTrainableWeights', weightList(frozenWeights), reason);
}

/** Warns, as Keras, of what was frozen or thawed after `compile`, and lets a model train of which nothing is thawed. */
export function kerasTrainFunction(reason: Reason): void {
  const trainer = hidden<Trainer>(tf.LayersModel.prototype);
  // tfjs's own warning, which only `fit` gives, and only where the number of weights has changed.
  patch(trainer, 'checkTrainableWeightsConsistency', () => () => {}, reason);
  patch(
    trainer,
    'makeTrainFunction',
    (makeTrainFunction) =>
      function (this: tf.LayersModel) {
        warnOfChanges(this);
        if (compiledWeights(this).some(({ trainable }) => trainable)) return makeTrainFunction.call(this);
        // tfjs would throw; Keras measures loss and metrics, and moves nothing but statistics.
        console.warn(`The model '${untwinned(this).name}' does not have any trainable weights.`);
        const minimize = (loss: () => tf.Scalar) => tf.tidy(loss);
        return makeTrainFunction.call(Object.create(this, { optimizer_: { value: { minimize } } }));
      },
    reason,
  );
}
