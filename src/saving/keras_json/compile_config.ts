import * as tf from '../../tf';
import { isByOutput, metricsPerOutput, perOutput } from '../../tfjs/per_output';
import { twinOf } from '../../tfjs/sequential_twin';
import { reason } from '../../utils/reason';
import { lossName, type MetricContext, readLoss, readMetric, serializeLoss, serializeMetric } from './loss_config';
import { readOptimizer, serializeOptimizer } from './optimizer_config';
import { asJson, type Json } from './types';

function contextsOf(model: tf.LayersModel, losses: unknown[]): MetricContext[] {
  return losses.map((loss, output) => ({ loss: lossName(loss), units: model.outputs[output]!.shape.at(-1) ?? null }));
}

/** Keras takes the same for each of several outputs only when it is said for each. */
const unlisted = <T>(list: T[]) => (list.length === 1 ? list[0]! : list);

/**
 * How `model` was compiled, in Keras 3's words. Mirrors `keras.Model.get_compile_config`.
 *
 * @throws Error naming the optimizer, loss or metric that Keras has no match for.
 */
export function serializeCompile(model: tf.LayersModel): Json {
  const { loss, metrics, outputNames } = model;
  const losses = perOutput(loss, outputNames);
  const contexts = contextsOf(model, losses);
  return {
    optimizer: serializeOptimizer(model.optimizer),
    loss: unlisted(losses.map(serializeLoss)),
    metrics: unlisted(
      metricsPerOutput(metrics, outputNames).map((list, output) =>
        list.map((metric) => serializeMetric(metric, contexts[output]!)),
      ),
    ),
  };
}

/** The names of a model's outputs. */
export function outputNamesOf(model: tf.LayersModel): string[] {
  // A Sequential has none until then.
  if (model instanceof tf.Sequential && model.outputNames.length === 0) model.build();
  return model.outputNames;
}

/** What Keras has saved for each output: `undefined` where a list or an object has nothing for it. */
export function savedPerOutput(saved: unknown, names: string[], what: string): unknown[] {
  const parts = Array.isArray(saved) ? saved.length : undefined;
  const unknown = isByOutput(saved) && Object.keys(saved).find((name) => !names.includes(name));
  if (unknown || (parts !== undefined && parts !== names.length)) {
    throw new Error(`the ${what} ${asJson(saved)} for the outputs ${names.join(', ')}`);
  }
  return perOutput(saved, names);
}

/** The metrics of each output. With one output Keras gives it all that there are, however nested. */
function savedMetrics(saved: unknown, names: string[]): unknown[][] {
  if (names.length > 1) {
    return (saved ? savedPerOutput(saved, names, 'metrics') : names.map(() => [])).map((list) => [list ?? []].flat());
  }
  const flatten = (value: unknown): unknown[] =>
    Array.isArray(value) || isByOutput(value) ? Object.values(value).flatMap(flatten) : [value];
  return [flatten(saved ?? [])];
}

/** Takes a model's optimizer away, which nobody else has. */
export function uncompile(model: tf.LayersModel): void {
  model.optimizer?.dispose();
  Object.assign(twinOf(model), { optimizer_: undefined });
}

/**
 * Compiles a model with an optimizer that nobody else has: it goes when the model goes.
 *
 * @throws what tfjs throws; the model is then as good as never compiled, and the optimizer gone.
 */
export function compileWhole(model: tf.LayersModel, args: tf.ModelCompileArgs & { optimizer: tf.Optimizer }): void {
  try {
    model.compile(args);
    Object.assign(model, { isOptimizerOwned: true });
  } catch (error) {
    uncompile(model);
    throw error;
  }
}

/**
 * Compiles `model` as Keras's `compile_config` says. Mirrors `keras.Model.compile_from_config`.
 *
 * @returns the metrics that tfjs has no match for: the model is compiled without them.
 * @throws Error saying what else tfjs has no match for; the model is then not compiled.
 */
export function compileFromConfig(model: tf.LayersModel, config: Json): string[] {
  const outputNames = outputNamesOf(model);
  for (const key of ['loss_weights', 'weighted_metrics']) {
    const value = config[key];
    if (value && Object.keys(value).length > 0) throw new Error(`${key}=${asJson(value)}`);
  }
  const losses = savedPerOutput(config.loss, outputNames, 'loss').map(readLoss);
  const contexts = contextsOf(model, losses);
  const unmatched: string[] = [];
  const metrics = savedMetrics(config.metrics, outputNames).map((list, output) =>
    list.flatMap((metric) => {
      try {
        return readMetric(metric, contexts[output]!);
      } catch (error) {
        unmatched.push(reason(error));
        return [];
      }
    }),
  );
  // Losses may be of both kinds, and an output's metrics a list, whatever tfjs's types say.
  const loss: unknown = unlisted(losses);
  const ofOutputs: unknown = Object.fromEntries(outputNames.map((name, index) => [name, metrics[index]!]));
  const optimizer = readOptimizer(config.optimizer);
  compileWhole(model, {
    optimizer,
    loss: loss as tf.ModelCompileArgs['loss'],
    metrics: metrics.length === 1 ? metrics[0]! : (ofOutputs as tf.ModelCompileArgs['metrics']),
  });
  return unmatched;
}
