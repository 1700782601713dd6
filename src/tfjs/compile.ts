import { binaryAccuracy, sparseCategoricalAccuracy } from './accuracy';
import { type Crossentropy, crossentropy, isCrossentropy, isCrossentropyName } from './crossentropy';
import { type Measure, named } from './measure';
import { patch, type Reason } from './patch';
import { changeEach, metricsPerOutput, perOutput } from './per_output';
import * as tf from './raw';

/*
 * What `compile` makes of the names of losses and metrics: Keras's cross-entropies and accuracies, for labels of any type.
 */

/** The cross-entropy that a loss or metric is, by name or made by hand. */
function crossentropyOf(given: unknown): Crossentropy | undefined {
  if (isCrossentropyName(given)) return crossentropy(given);
  return isCrossentropy(given) ? given : undefined;
}

/** A measure of each kind of labels. */
type ByKind = Record<'binary' | 'categorical' | 'sparse', Measure>;

/**
 * The measure among these that labels and outputs ask for by their shapes, as in Keras (`is_binary_or_sparse_categorical` of
 * keras/src/trainers/compile_utils.py); but that tfjs takes several units with binary cross-entropy for so many yes or no.
 */
const byShape =
  (measures: ByKind, loss: Crossentropy | undefined): Measure =>
  (yTrue, yPred) => {
    const isBinary = yPred.shape.at(-1) === 1 || loss?.crossentropy === 'binaryCrossentropy';
    const isSparse = yTrue.rank < yPred.rank || yTrue.shape.at(-1) === 1;
    return measures[isBinary ? 'binary' : isSparse ? 'sparse' : 'categorical'](yTrue, yPred);
  };

const BINARY_ACCURACY = binaryAccuracy(0.5, 'binaryAccuracy');
const ACCURACIES: ByKind = {
  binary: BINARY_ACCURACY,
  categorical: tf.metrics.categoricalAccuracy,
  sparse: sparseCategoricalAccuracy,
};
const CROSSENTROPIES: ByKind = {
  binary: crossentropy('binaryCrossentropy'),
  categorical: crossentropy('categoricalCrossentropy'),
  sparse: crossentropy('sparseCategoricalCrossentropy'),
};

/** What tfjs is to measure by a metric of an output that has this loss: what it knows best it gets as it is. */
function metricOf(metric: unknown, loss: Crossentropy | undefined): unknown {
  switch (metric) {
    case 'accuracy':
    case 'acc':
      return named('acc', byShape(ACCURACIES, loss));
    case 'crossentropy':
    case 'ce':
      return named('ce', byShape(CROSSENTROPIES, loss));
    case 'binaryAccuracy':
      return BINARY_ACCURACY;
    case 'sparseCategoricalAccuracy':
      return sparseCategoricalAccuracy;
    default:
      return crossentropyOf(metric) ?? metric;
  }
}

/** Lets every model be compiled with Keras's cross-entropies and accuracies. */
export function kerasCompile(reason: Reason): void {
  patch(
    tf.LayersModel.prototype,
    'compile',
    (compile) =>
      function (this: tf.LayersModel, args) {
        const { outputNames } = this;
        const { loss = [], metrics } = args;
        const crossentropies = perOutput(loss, outputNames).map(crossentropyOf);
        const measured = metricsPerOutput(metrics, outputNames).map((list, output) =>
          list.map((metric) => metricOf(metric, crossentropies[output])),
        );
        // By name tfjs knows what shape of labels to expect.
        const losses = changeEach(loss, (each) => crossentropyOf(each)?.crossentropy ?? each);
        const ofOutputs: unknown = Object.fromEntries(outputNames.map((name, output) => [name, measured[output]]));
        compile.call(this, {
          ...args,
          loss: losses as tf.ModelCompileArgs['loss'],
          metrics: ofOutputs as tf.ModelCompileArgs['metrics'],
        });
        // What saving, a backup and the feature bank go by.
        Object.assign(this, { loss, metrics });
        this.lossFunctions = this.lossFunctions.map((own, output) => crossentropies[output] ?? own);
        // Of several outputs it measures the losses, too, before all else.
        if (outputNames.length > 1) {
          this.metricsTensors = this.metricsTensors.map(([own, output], index) => [
            this.lossFunctions[index] ?? own,
            output,
          ]);
        }
      },
    reason,
  );
}
