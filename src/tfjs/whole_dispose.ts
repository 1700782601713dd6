import { hidden, patch, type Reason } from './patch';
import * as tf from './raw';

/*
 * What is disposed of is gone as a whole. tfjs counts each call of a layer, and a model that goes takes back one call of
 * each, so that a layer which it calls twice stays; and what recurrent layers remember besides their weights stays, too.
 */

/** A model, with what its types hide. */
interface Container {
  dispose(this: Container): ReturnType<tf.LayersModel['dispose']>;
  layers: Counted[];
  /** The calls that it consists of. */
  containerNodes: Set<string>;
  _refCount: number;
}

/** A layer, with how often it was called by models that are still there. */
type Counted = tf.layers.Layer & { _refCount: number };

/** How many of the calls of a layer a model consists of. Mirrors `Container.nodeKey`. */
const callsIn = ({ containerNodes }: Container, { name, inboundNodes }: tf.layers.Layer) =>
  inboundNodes.filter((_, index) => containerNodes.has(`${name}_ib-${index}`)).length;

/**
 * Takes back the calls of layers that lead to no output of `model`, where no other model has these layers: nobody else would.
 */
export function takeBackUnused(model: tf.LayersModel, layers: Iterable<tf.layers.Layer>): void {
  for (const layer of layers) {
    // The first call of a model is its own graph.
    const calls = layer.inboundNodes.length - (layer instanceof tf.LayersModel ? 1 : 0);
    const unused = calls - callsIn(hidden(model), layer);
    if (unused > 0) hidden<Counted>(layer)._refCount -= unused;
  }
}

/**
 * Leaves the models in `model` to it alone, where nobody else has them: a Sequential otherwise frees but the first of its layers
 * where that is a model, and a Functional frees them all.
 */
export function takeBackInner(model: tf.Sequential): void {
  for (const layer of model.layers.slice(1)) {
    if (layer instanceof tf.LayersModel) hidden<Counted>(layer)._refCount -= 1;
  }
}

// What recurrent layers and their cells remember, and where layers keep others.
const REMEMBERED = ['states_', 'keptStates', 'dropoutMask', 'recurrentDropoutMask'];
const INNER = ['cell', 'cells', 'layer', 'forwardLayer', 'backwardLayer', 'layers'];

/** What a layer, and those in it, remember besides their weights. */
function remembered(layer: object): unknown[] {
  const inner = INNER.flatMap((key): unknown[] => [Reflect.get(layer, key)].flat());
  const layers = inner.filter((each) => each instanceof tf.layers.Layer);
  return [...REMEMBERED.map((key): unknown => Reflect.get(layer, key)), ...layers.flatMap(remembered)];
}

/** Lets models, recurrent layers and momentum free all that they hold. */
export function wholeDispose(reason: Reason): void {
  patch(
    hidden<Container>(Object.getPrototypeOf(tf.LayersModel.prototype)),
    'dispose',
    (dispose) =>
      function () {
        for (const layer of this._refCount === 1 ? this.layers : []) {
          // tfjs itself takes back one.
          const more = callsIn(this, layer) - 1;
          if (more > 0) layer._refCount -= more;
        }
        return dispose.call(this);
      },
    reason,
  );
  patch(
    hidden<{ disposeWeights(this: tf.layers.Layer): number }>(tf.layers.Layer.prototype),
    'disposeWeights',
    (disposeWeights) =>
      function () {
        tf.dispose(remembered(this) as tf.Tensor[]);
        return disposeWeights.call(this);
      },
    reason,
  );
  patch(
    tf.MomentumOptimizer.prototype,
    'dispose',
    (dispose) =>
      function (this: tf.MomentumOptimizer) {
        // SGD's factor of the step, which momentum has too.
        hidden<{ c: tf.Tensor }>(this).c.dispose();
        dispose.call(this);
      },
    reason,
  );
}
