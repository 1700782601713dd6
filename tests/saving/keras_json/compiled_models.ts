import * as tf from '../../../src/tf';

export const MSE = 'meanSquaredError';

export interface Compiled {
  loss: string;
  metrics: string[];
  /** Keras's names of them, in the words of its objects. */
  keras: [string, string[]];
  units?: number;
  activation?: 'sigmoid' | 'softmax' | 'linear';
  targets: (x: tf.Tensor, units: number) => tf.Tensor;
}
const oneHot = (x: tf.Tensor, units: number) => tf.oneHot(x.slice([0, 0], [-1, units]).argMax(-1), units);
const positive = (x: tf.Tensor, units: number) => x.slice([0, 0], [-1, units]).abs();
const bits = (x: tf.Tensor, units: number) => x.slice([0, 0], [-1, units]).greater(0);
const signs = (x: tf.Tensor, units: number) => x.slice([0, 0], [-1, units]).sign();
const softmax = { units: 3, activation: 'softmax', targets: oneHot } as const;
const errors = ['mse', 'mae', 'mape'];
const kerasErrors = ['mean_squared_error', 'mean_absolute_error', 'mean_absolute_percentage_error'];
export const compiled: Record<string, Compiled> = {
  binary: {
    loss: 'binaryCrossentropy',
    metrics: ['acc'],
    keras: ['binary_crossentropy', ['binary_accuracy']],
    activation: 'sigmoid',
    targets: bits,
  },
  labels: {
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
    keras: ['binary_crossentropy', ['categorical_accuracy']],
    activation: 'sigmoid',
    targets: bits,
    units: 3,
  },
  categorical: {
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy', 'categoricalCrossentropy'],
    keras: ['categorical_crossentropy', ['categorical_accuracy', 'categorical_crossentropy']],
    ...softmax,
  },
  sparse: {
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['acc'],
    keras: ['sparse_categorical_crossentropy', ['sparse_categorical_accuracy']],
    ...softmax,
    targets: (x, units) => x.slice([0, 0], [-1, units]).argMax(-1).expandDims(1),
  },
  squared: { loss: MSE, metrics: errors, keras: ['mean_squared_error', kerasErrors], targets: positive },
  absolute: {
    loss: 'meanAbsoluteError',
    metrics: ['MSE'],
    keras: ['mean_absolute_error', ['mean_squared_error']],
    targets: positive,
  },
  percentage: {
    loss: 'meanAbsolutePercentageError',
    metrics: ['MAE'],
    keras: ['mean_absolute_percentage_error', ['mean_absolute_error']],
    targets: positive,
  },
  logarithmic: {
    loss: 'meanSquaredLogarithmicError',
    metrics: [],
    keras: ['mean_squared_logarithmic_error', []],
    targets: positive,
  },
  hinge: { loss: 'hinge', metrics: ['binaryAccuracy'], keras: ['hinge', ['binary_accuracy']], targets: signs },
  squared_hinge: { loss: 'squaredHinge', metrics: [], keras: ['squared_hinge', []], targets: signs },
  categorical_hinge: {
    loss: 'categoricalHinge',
    metrics: ['categoricalAccuracy'],
    keras: ['categorical_hinge', ['categorical_accuracy']],
    ...softmax,
  },
  logcosh: { loss: 'logcosh', metrics: [], keras: ['log_cosh', []], targets: positive },
  divergence: { loss: 'kullbackLeiblerDivergence', metrics: [], keras: ['kl_divergence', []], ...softmax },
  poisson: { loss: 'poisson', metrics: [], keras: ['poisson', []], targets: positive, activation: 'sigmoid' },
  cosine: { loss: 'cosineProximity', metrics: [], keras: ['cosine_similarity', []], ...softmax },
};

export function compiledModel({ loss, metrics, units = 1, activation = 'linear' }: Compiled): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 3 });
  const model = tf.sequential({
    layers: [tf.layers.dense({ units, activation, inputShape: [5], kernelInitializer })],
  });
  model.compile({ optimizer: 'sgd', loss, metrics });
  return model;
}
