import { type BinaryAccuracy, binaryAccuracy, isBinaryAccuracy } from '../../tfjs/accuracy';
import { type Crossentropy, crossentropy, isCrossentropy, isCrossentropyName } from '../../tfjs/crossentropy';
import { kerasObject } from './keras_object';
import { asJson, isJson, type Json } from './types';

/** What the meaning of a metric depends on: tfjs's name of its output's loss, and the output's last dimension. */
export interface MetricContext {
  loss: string;
  units: number | null;
}

// tfjs's name, then Keras's.
const LOSSES = new Map(
  Object.entries({
    meanSquaredError: 'mean_squared_error',
    meanAbsoluteError: 'mean_absolute_error',
    meanAbsolutePercentageError: 'mean_absolute_percentage_error',
    meanSquaredLogarithmicError: 'mean_squared_logarithmic_error',
    squaredHinge: 'squared_hinge',
    hinge: 'hinge',
    categoricalHinge: 'categorical_hinge',
    logcosh: 'log_cosh',
    categoricalCrossentropy: 'categorical_crossentropy',
    sparseCategoricalCrossentropy: 'sparse_categorical_crossentropy',
    binaryCrossentropy: 'binary_crossentropy',
    kullbackLeiblerDivergence: 'kl_divergence',
    poisson: 'poisson',
    cosineProximity: 'cosine_similarity',
  }),
);

// Without tfjs's precision and recall, which count an output as positive where it is exactly 1, nor its cosine, which has
// the other sign.
const METRICS = new Map(
  Object.entries({
    accuracy: 'accuracy',
    acc: 'acc',
    binaryAccuracy: 'binary_accuracy',
    categoricalAccuracy: 'categorical_accuracy',
    sparseCategoricalAccuracy: 'sparse_categorical_accuracy',
    binaryCrossentropy: 'binary_crossentropy',
    categoricalCrossentropy: 'categorical_crossentropy',
    sparseCategoricalCrossentropy: 'sparse_categorical_crossentropy',
    mse: 'mse',
    MSE: 'MSE',
    mae: 'mae',
    MAE: 'MAE',
    mape: 'mape',
    MAPE: 'MAPE',
  }),
);

/** Keras's short names of losses and metrics. */
const SHORT = new Map(
  Object.entries({
    mse: 'mean_squared_error',
    mae: 'mean_absolute_error',
    mape: 'mean_absolute_percentage_error',
    msle: 'mean_squared_logarithmic_error',
    bce: 'binary_crossentropy',
    kld: 'kl_divergence',
    acc: 'accuracy',
  }),
);

/** Settings of Keras's losses and metrics as tfjs has them. The mean of a batch is its sum over its size, too. */
const SETTINGS = new Map<string, unknown[]>(
  Object.entries({
    reduction: ['sum_over_batch_size', 'mean', 'auto'],
    from_logits: [false],
    label_smoothing: [0],
    axis: [-1],
    ignore_class: [null],
    threshold: [0.5],
    dtype: ['float32', null],
  }),
);

const ACCURACIES = ['accuracy', 'acc'];

/** One spelling of a name: `MeanSquaredError`, `mean_squared_error` and `MSE` are `meansquarederror`. */
function spell(name: string): string {
  return (SHORT.get(name.toLowerCase()) ?? name).replaceAll('_', '').toLowerCase();
}

/** tfjs's name of each by all spellings of both names; where two have one, the first. */
const bySpelling = (names: Map<string, string>) =>
  new Map([...names].reverse().flatMap(([name, keras]) => [keras, name].map((each) => [spell(each), name])));

const LOSS_SPELLINGS = bySpelling(LOSSES);
const METRIC_SPELLINGS = bySpelling(METRICS);

function kerasName(what: string, names: Map<string, string>, value: unknown): string {
  const name = typeof value === 'string' ? names.get(value) : undefined;
  if (name === undefined) {
    throw new Error(
      `A model is saved with ${what} given by name, one of those that Keras has, too: ${[...names.keys()].join(', ')}. ` +
        `Received: ${value}`,
    );
  }
  return name;
}

/** Keras's name of a cross-entropy, or Keras's object where it has a setting. */
function serializeCrossentropy(module: string, { crossentropy, fromLogits }: Crossentropy): string | Json {
  const name = LOSSES.get(crossentropy)!;
  const className = crossentropy.replace(/^./, (letter) => letter.toUpperCase());
  return fromLogits ? kerasObject(module, className, { name, from_logits: true }) : name;
}

/** Keras's name of a loss of tfjs, or Keras's object. @throws Error when it has none. */
export function serializeLoss(loss: unknown): string | Json {
  return isCrossentropy(loss) ? serializeCrossentropy('keras.losses', loss) : kerasName('a loss', LOSSES, loss);
}

/** Which accuracy tfjs means by `accuracy`. Keras goes by the number of units alone. */
function accuracyOf({ loss, units }: MetricContext): string {
  if (units === 1 || loss === 'binaryCrossentropy') return 'BinaryAccuracy';
  return loss === 'sparseCategoricalCrossentropy' ? 'SparseCategoricalAccuracy' : 'CategoricalAccuracy';
}

const isBinaryOfMany = ({ loss, units }: MetricContext) => loss === 'binaryCrossentropy' && units !== 1;

/** Keras's name of a metric of tfjs, or Keras's object. @throws Error when it has none. */
export function serializeMetric(metric: unknown, context: MetricContext): string | Json {
  if (isCrossentropy(metric)) return serializeCrossentropy('keras.metrics', metric);
  if (isBinaryAccuracy(metric)) {
    const { called, threshold } = metric;
    return kerasObject('keras.metrics', 'BinaryAccuracy', { name: METRICS.get(called) ?? called, threshold });
  }
  const name = kerasName('metrics', METRICS, metric);
  return ACCURACIES.includes(name) && isBinaryOfMany(context)
    ? kerasObject('keras.metrics', 'BinaryAccuracy', { name })
    : name;
}

/** A loss or metric as it was saved: by name, as a function or as an object such as `BinaryAccuracy()`. */
interface Saved {
  /** The name that Keras has for it. */
  name: string;
  /** The name that it was given. */
  own?: unknown;
  /** Its settings that tfjs's has otherwise. */
  settings: Json;
}

/** Whether it is set so that it can be had here. */
function isKnown(name: string, key: string, value: unknown): boolean {
  if (key === 'from_logits' && value === true) return isCrossentropyName(LOSS_SPELLINGS.get(spell(name)));
  if (key === 'threshold' && Number.isFinite(value)) return spell(name) === spell('BinaryAccuracy');
  return SETTINGS.get(key)?.includes(value) ?? false;
}

function readSaved(saved: unknown, what: string): Saved {
  if (typeof saved === 'string') return { name: saved, settings: {} };
  const { class_name: className, config }: Json = isJson(saved) ? saved : {};
  if (className === 'function' && typeof config === 'string') return { name: config, settings: {} };
  if (typeof className !== 'string' || !isJson(config)) throw new Error(`the ${what} ${asJson(saved)}`);
  const { name: own, fn, ...settings } = config;
  // Keras 2 wraps functions: { class_name: 'MeanMetricWrapper', config: { fn: 'binary_accuracy' } }.
  const name = typeof fn === 'string' ? fn : className;
  for (const [key, value] of Object.entries(settings)) {
    if (!isKnown(name, key, value)) throw new Error(`the ${what} ${className} with ${key}=${asJson(value)}`);
  }
  return { name, own, settings };
}

/** tfjs's name of a loss of Keras, or the loss where it has a setting. @throws Error saying what tfjs has no match for. */
export function readLoss(saved: unknown): string | Crossentropy {
  const { name, settings } = readSaved(saved, 'loss');
  const loss = LOSS_SPELLINGS.get(spell(name));
  if (loss === undefined) throw new Error(`the loss ${name}`);
  return settings.from_logits && isCrossentropyName(loss) ? crossentropy(loss, true) : loss;
}

/** Whether a name can be that of a metric in the logs. */
const isLogName = (own: unknown): own is string =>
  typeof own === 'string' && /^\w+$/.test(own) && !(own in Object.prototype);

/** tfjs's name of a metric of Keras, or the metric where it has a setting. @throws Error saying what tfjs has no match for. */
export function readMetric(saved: unknown, context: MetricContext): string | Crossentropy | BinaryAccuracy {
  const { name, own, settings } = readSaved(saved, 'metric');
  if (ACCURACIES.includes(name)) return isBinaryOfMany(context) ? 'categoricalAccuracy' : name;
  if (METRICS.has(name)) return name;
  const metric = METRIC_SPELLINGS.get(spell(name));
  if (settings.from_logits && isCrossentropyName(metric)) return crossentropy(metric, true);
  const { threshold = 0.5 } = settings;
  if (typeof threshold === 'number' && threshold !== 0.5) {
    const isDefault = !isLogName(own) || own === METRICS.get('binaryAccuracy');
    return binaryAccuracy(threshold, isDefault ? 'binaryAccuracy' : own);
  }
  const isAccuracy = spell(name) === spell(accuracyOf(context));
  if (isAccuracy && typeof own === 'string' && ACCURACIES.includes(own)) return own;
  if (metric === undefined) throw new Error(`the metric ${name}`);
  return metric;
}

/** tfjs's name of a loss, whatever its settings. */
export const lossName = (loss: unknown) => (isCrossentropy(loss) ? loss.crossentropy : String(loss));
