import type * as tf from '../../tf';
import { optimizerRecord, SAVED_OPTIMIZERS } from '../../tfjs/optimizers';
import type { KerasConfig } from '../../tfjs/optimizers/optimizer_record';
import { kerasObject } from './keras_object';
import { asJson, isKerasObject, type Json } from './types';

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
  const { keras } = optimizerRecord(optimizer) ?? {};
  if (!keras) {
    const names = SAVED_OPTIMIZERS.map(({ optimizerClass }) => optimizerClass.className.toLowerCase());
    throw new Error(
      `A model is saved with one of the optimizers ${names.join(', ')}. Received: ${optimizer.getClassName()}`,
    );
  }
  const { className, settings, fixed } = keras;
  const config = optimizer.getConfig();
  const saved = Object.entries(settings)
    .map(([name, key]): [string, unknown] => [key, config[name]])
    // Keras's default, which has to be a float.
    .filter(([key, value]) => value !== undefined && !(key === 'momentum' && value === 0))
    .map(([key, value]) => [key, key === 'learning_rate' || key === 'momentum' ? asFloat(value) : value]);
  return kerasObject('keras.optimizers', className, { ...Object.fromEntries(saved), ...fixed });
}

// The settings that are no numbers.
const FLAGS = ['amsgrad', 'centered', 'nesterov'];

/** An optimizer that Keras 2 was told by its name alone, with Keras's settings. */
function optimizerByName(name: string): tf.Optimizer {
  const found = SAVED_OPTIMIZERS.find(({ keras }) => keras.className.toLowerCase() === name.toLowerCase());
  if (!found) throw new Error(`the optimizer ${name}`);
  return found.keras.build({}, found.keras.learningRate);
}

/**
 * The optimizer of tfjs that Keras's words stand for, its state not yet set.
 *
 * @throws Error saying what tfjs has no match for.
 */
export function readOptimizer(saved: unknown): tf.Optimizer {
  if (typeof saved === 'string') return optimizerByName(saved);
  if (!isKerasObject(saved)) throw new Error(`the optimizer ${asJson(saved)}`);
  const { class_name, config } = saved;
  // Late versions of Keras 2 say Custom>Adam.
  const name = class_name.replace('Custom>', '');
  const found = SAVED_OPTIMIZERS.find(({ keras }) => keras.className === name);
  if (!found) {
    throw new Error(`the optimizer ${name}`);
  }
  const { settings, fixed = {}, build } = found.keras;
  const own = Object.values(settings);
  for (const [key, value] of Object.entries(config)) {
    const isMatched = own.includes(key)
      ? value === null || typeof value === (FLAGS.includes(key) ? 'boolean' : 'number')
      : Object.hasOwn(fixed, key)
        ? value === fixed[key]
        : HARMLESS.includes(key) || !value;
    if (!isMatched) throw new Error(`the optimizer ${name} with ${key}=${asJson(value)}`);
  }
  const { learning_rate: rate } = config;
  if (typeof rate !== 'number') {
    throw new Error(`the optimizer ${name} with learning_rate=${asJson(rate)}`);
  }
  return build(config as KerasConfig, rate);
}
