import * as tf from '../../tf';
import { registeredClass } from '../../tfjs/registered_class';
import { camelCase } from '../../utils/camel_case';
import { compileWhole, outputNamesOf, savedPerOutput } from '../keras_json/compile_config';
import { camelCaseAll } from '../keras_json/keras_settings';
import { asJson, checkDepth, isJson, isKerasObject, type Json } from '../keras_json/types';

/** @throws Error when tfjs has no optimizer of that class, or none that is set so. */
function readOptimizer(saved: unknown): tf.Optimizer {
  const found = isKerasObject(saved) ? registeredClass(saved.class_name, tf.Optimizer.prototype) : undefined;
  if (!isKerasObject(saved) || !found) {
    throw new Error(`tfjs has no optimizer ${asJson(isKerasObject(saved) ? saved.class_name : saved)}`);
  }
  const { name: _, ...settings } = camelCaseAll(saved.config);
  for (const [key, value] of Object.entries(settings)) {
    if (value !== null && !['number', 'boolean'].includes(typeof value)) {
      throw new Error(`the optimizer ${saved.class_name} with ${key}=${asJson(value)}`);
    }
  }
  const [optimizerClass, fromConfig] = found;
  return fromConfig(optimizerClass, settings as tf.serialization.ConfigDict) as tf.Optimizer;
}

/** tfjs's name of a loss or metric, of which it takes anything for one that any object has a member of. */
function readName(saved: unknown): string {
  const name = typeof saved === 'string' ? camelCase(saved) : undefined;
  if (name === undefined || name in Object.prototype) throw new Error(`tfjs has no loss or metric ${asJson(saved)}`);
  return name;
}

/** The metrics of all outputs, in a list, or of each by its name. */
function readMetrics(saved: unknown): string | string[] | Record<string, string> {
  if (Array.isArray(saved)) return saved.map(readName);
  return isJson(saved)
    ? Object.fromEntries(Object.entries(saved).map(([output, name]) => [output, readName(name)]))
    : readName(saved);
}

/**
 * Compiles a model as the `trainingConfig` of a `model.json` says. Mirrors `tf.LayersModel.loadTrainingConfig`.
 *
 * @throws Error saying what tfjs has no match for; the model is then not compiled.
 */
export function compileFromTraining(model: tf.LayersModel, training: unknown): void {
  checkDepth(training);
  const { optimizer_config, loss, metrics, ...rest }: Json = isJson(training) ? training : {};
  for (const key of ['weighted_metrics', 'loss_weights', 'sample_weight_mode']) {
    if (rest[key] != null) throw new Error(`tfjs has no ${key}=${asJson(rest[key])}`);
  }
  const losses = savedPerOutput(loss, outputNamesOf(model), 'loss').map(readName);
  const measured = metrics == null ? {} : { metrics: readMetrics(metrics) };
  compileWhole(model, { optimizer: readOptimizer(optimizer_config), loss: losses, ...measured });
}
