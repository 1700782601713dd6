import * as tf from '../tf';
import type { Json } from './keras_layers';

// Each optimizer's settings: tfjs's name, then Keras's.
const OPTIMIZERS: Record<string, { keras: string; settings: Record<string, string> }> = {
  RMSProp: {
    keras: 'RMSprop',
    settings: {
      learningRate: 'learning_rate',
      decay: 'rho',
      momentum: 'momentum',
      epsilon: 'epsilon',
      centered: 'centered',
    },
  },
  Adam: {
    keras: 'Adam',
    settings: { learningRate: 'learning_rate', beta1: 'beta_1', beta2: 'beta_2', epsilon: 'epsilon' },
  },
  SGD: { keras: 'SGD', settings: { learningRate: 'learning_rate' } },
  Momentum: {
    keras: 'SGD',
    settings: { learningRate: 'learning_rate', momentum: 'momentum', useNesterov: 'nesterov' },
  },
};

// tfjs knows these losses by their long names only, the metrics by their short ones.
const LONG_NAMES = { mse: 'meanSquaredError', mae: 'meanAbsoluteError', mape: 'meanAbsolutePercentageError' };
const LOSSES: Record<string, string> = LONG_NAMES;
const METRICS: Record<string, string> = Object.fromEntries(
  Object.entries(LONG_NAMES).map(([short, long]) => [long, short]),
);

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function camelCase(name: string): string {
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return camel.charAt(0).toLowerCase() + camel.slice(1);
}

function nameOf(what: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new Error(`A model is saved with its ${what} by name, such as 'binaryCrossentropy'. Received: ${value}`);
  }
  return snakeCase(value);
}

/**
 * How `model` was compiled, in Keras 3's words. Mirrors `keras.Model.get_compile_config`.
 *
 * @throws Error when the optimizer isn't RMSprop, Adam or SGD, or a loss or metric is a function.
 */
export function serializeCompile(model: tf.LayersModel): Json {
  const className = model.optimizer.getClassName();
  const optimizer = OPTIMIZERS[className];
  if (optimizer === undefined) {
    throw new Error(`A model is saved with one of the optimizers rmsprop, adam, sgd. Received: ${className}`);
  }
  const config = model.optimizer.getConfig();
  const settings = Object.entries(optimizer.settings).map(([name, keras]) => [keras, config[name]]);
  return {
    optimizer: {
      module: 'keras.optimizers',
      class_name: optimizer.keras,
      config: Object.fromEntries(settings),
      registered_name: null,
    },
    loss: nameOf('loss', model.loss),
    metrics: [model.metrics ?? []].flat().map((metric) => nameOf('metrics', metric)),
  };
}

function readOptimizer(saved: unknown): tf.Optimizer {
  if (typeof saved === 'string') {
    return readOptimizer({ class_name: saved === 'rmsprop' ? 'RMSprop' : saved, config: {} });
  }
  const { class_name, config } = saved as { class_name: string; config: Record<string, number> };
  const { learning_rate: rate, rho, momentum, epsilon, centered, beta_1, beta_2, nesterov } = config;
  if (typeof rate !== 'number') {
    throw new Error(`the learning rate ${JSON.stringify(rate)}`);
  }
  switch (class_name) {
    case 'RMSprop':
      return tf.train.rmsprop(rate, rho, momentum, epsilon, Boolean(centered));
    case 'Adam':
      return tf.train.adam(rate, beta_1, beta_2, epsilon);
    case 'SGD':
      return momentum ? tf.train.momentum(rate, momentum, Boolean(nesterov)) : tf.train.sgd(rate);
    default:
      throw new Error(`the optimizer ${class_name}`);
  }
}

/** tfjs's name for a loss or metric of Keras, given by name or as an object such as BinaryCrossentropy. */
function readName(saved: unknown): string {
  if (typeof saved === 'string') {
    return camelCase(saved);
  }
  const { class_name, config } = saved as { class_name: string; config: Json };
  if (config?.from_logits || config?.label_smoothing) {
    throw new Error(`${class_name} with ${JSON.stringify(config)}`);
  }
  return camelCase(class_name);
}

/**
 * Compiles `model` as Keras's `compile_config` says. Mirrors `keras.Model.compile_from_config`.
 *
 * @throws Error saying what tfjs has no match for; the model is then not compiled.
 */
export function compileFromConfig(model: tf.LayersModel, config: Json): void {
  const loss = readName(config.loss);
  const metrics = [config.metrics ?? []].flat(2).map(readName);
  const args = {
    optimizer: readOptimizer(config.optimizer),
    loss: LOSSES[loss] ?? loss,
    metrics: metrics.map((metric) => METRICS[metric] ?? metric),
  };
  // Tried on another model first: compile leaves a model half compiled where it throws.
  const trial = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  try {
    trial.compile(args);
  } finally {
    trial.dispose();
  }
  model.compile(args);
}
