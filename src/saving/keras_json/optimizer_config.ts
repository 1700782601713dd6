import * as tf from '../../tf';
import type { Json } from './keras_layers';
import { kerasObject } from './keras_object';

type Config = Record<string, number | undefined>;

interface OptimizerClass {
  keras: string;
  /** Its settings: tfjs's name, then Keras's. */
  settings: Record<string, string>;
  /** What Keras lets one set and tfjs doesn't: the value that it has in tfjs. */
  fixed?: Record<string, number>;
  /** The optimizer with Keras's settings. Those that are missing have the same defaults in both. */
  build: (config: Config, rate: number) => tf.Optimizer;
}

const OPTIMIZERS: Record<string, OptimizerClass> = {
  RMSProp: {
    keras: 'RMSprop',
    settings: {
      learningRate: 'learning_rate',
      decay: 'rho',
      momentum: 'momentum',
      epsilon: 'epsilon',
      centered: 'centered',
    },
    build: ({ rho, momentum, epsilon, centered }, rate) =>
      tf.train.rmsprop(rate, rho, momentum, epsilon, Boolean(centered)),
  },
  Adam: {
    keras: 'Adam',
    settings: { learningRate: 'learning_rate', beta1: 'beta_1', beta2: 'beta_2', epsilon: 'epsilon' },
    build: ({ beta_1, beta_2, epsilon }, rate) => tf.train.adam(rate, beta_1, beta_2, epsilon),
  },
  SGD: {
    keras: 'SGD',
    settings: { learningRate: 'learning_rate', momentum: 'momentum', useNesterov: 'nesterov' },
    build: ({ momentum, nesterov }, rate) =>
      momentum ? tf.train.momentum(rate, momentum, Boolean(nesterov)) : tf.train.sgd(rate),
  },
  Adagrad: {
    keras: 'Adagrad',
    settings: { learningRate: 'learning_rate', initialAccumulatorValue: 'initial_accumulator_value' },
    fixed: { epsilon: 1e-7 },
    build: ({ initial_accumulator_value: initial }, rate) => tf.train.adagrad(rate, initial),
  },
};
OPTIMIZERS.Momentum = OPTIMIZERS.SGD!;

/** Settings of Keras's that change nothing: a name, details of what is off, how old the class is, how it is compiled. */
const HARMLESS = ['name', 'ema_momentum', 'ema_overwrite_frequency', 'is_legacy_optimizer', 'jit_compile'];

/** Keras asks for a float where JSON writes 1 for 1.0: the float beside it, which is 1 again in 32 bits. */
function asFloat(value: unknown): unknown {
  if (!Number.isInteger(value)) return value;
  return value === 0 ? Number.MIN_VALUE : (value as number) * (1 - Number.EPSILON / 2);
}

/**
 * An optimizer with its settings in Keras's words.
 *
 * @throws Error when Keras's optimizer of that name steps otherwise, or Keras has none.
 */
export function serializeOptimizer(optimizer: tf.Optimizer): Json {
  const className = optimizer.getClassName();
  const { keras, settings, fixed } = OPTIMIZERS[className] ?? {};
  if (!keras || !settings) {
    throw new Error(
      `A model is saved with one of the optimizers rmsprop, adam, sgd, momentum, adagrad. Received: ${className}`,
    );
  }
  const config = optimizer.getConfig();
  const saved = Object.entries(settings)
    .map(([name, key]): [string, unknown] => [key, config[name]])
    // Keras's default, which has to be a float.
    .filter(([key, value]) => value !== undefined && !(key === 'momentum' && value === 0))
    .map(([key, value]) => [key, key === 'learning_rate' || key === 'momentum' ? asFloat(value) : value]);
  return kerasObject('keras.optimizers', keras, { ...Object.fromEntries(saved), ...fixed });
}

/**
 * The optimizer of tfjs that Keras's words stand for, its state not yet set.
 *
 * @throws Error saying what tfjs has no match for.
 */
export function readOptimizer(saved: unknown): tf.Optimizer {
  const { class_name, config } = saved as { class_name?: string; config: Config };
  // Late versions of Keras 2 say Custom>Adam.
  const name = class_name?.replace('Custom>', '');
  const optimizer = Object.values(OPTIMIZERS).find(({ keras }) => keras === name);
  if (!optimizer) {
    throw new Error(`the optimizer ${name ?? JSON.stringify(saved)}`);
  }
  const { settings, fixed = {}, build } = optimizer;
  const known = [...Object.values(settings), ...HARMLESS];
  for (const [key, value] of Object.entries(config)) {
    const isMatched = key in fixed ? value === fixed[key] : known.includes(key) || !value;
    if (!isMatched) throw new Error(`the optimizer ${name} with ${key}=${JSON.stringify(value)}`);
  }
  const { learning_rate: rate } = config;
  if (typeof rate !== 'number') {
    throw new Error(`the optimizer ${name} with learning_rate=${JSON.stringify(rate)}`);
  }
  return build(config, rate);
}
