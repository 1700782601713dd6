import * as tf from '../../tf';
import { KERAS_ACTIVATIONS } from '../../tfjs/keras_activations';
import { layerPaths } from '../../tfjs/layer_paths';
import type { StandIn } from '../../tfjs/layer_record';
import { isTfjsOwn, layerClasses, layerRecord } from '../../tfjs/layer_records';
import { notInTfjs } from '../../tfjs/not_in_tfjs';
import { unknownLayer } from '../keras_json/check_layer';
import { isJson, isKerasObject, isModel, type LayerConfig, type ModelConfig } from '../keras_json/types';

const IDENTITY: StandIn = { className: 'Activation', settings: { activation: 'linear' } };

function standInFor(layer: tf.layers.Layer): StandIn | undefined {
  const className = layer.getClassName();
  const record = layerRecord(className);
  if (!record) throw unknownLayer(className, layer.name, ['Sequential', 'Functional', ...layerClasses()]);
  const { activation } = layer.getConfig();
  if ((KERAS_ACTIVATIONS as unknown[]).includes(activation)) throw notInTfjs(layer, `has the activation ${activation}`);
  const inTfjs = isTfjsOwn(layer) ? 'itself' : record.inTfjs;
  const standIn = typeof inTfjs === 'function' ? inTfjs(layer) : inTfjs;
  if (standIn === 'itself') return undefined;
  return standIn === 'identity' ? IDENTITY : standIn;
}

/**
 * The layers of a model that tfjs by itself lacks, or has in part, models opened, and what stands in for each.
 *
 * @throws Error naming the layer that nothing stands in for, or that Thaw doesn't know.
 */
export function standInsOf(model: tf.LayersModel): Map<tf.layers.Layer, StandIn> {
  const found = layerPaths(model).map(({ layer }) => [layer, standInFor(layer)] as const);
  return new Map(found.flatMap(([layer, standIn]) => (standIn ? [[layer, standIn]] : [])));
}

/** An array of weights, for which a stand-in has no place. */
interface KeptWeight {
  shape: number[];
  values: number[];
}

const isKeptWeight = (value: unknown): value is KeptWeight =>
  isJson(value) &&
  Array.isArray(value.shape) &&
  value.shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
  Array.isArray(value.values) &&
  value.values.every((number) => typeof number === 'number') &&
  value.values.length === tf.util.sizeFromShape(value.shape);

function weightsOf({ weights }: tf.layers.Layer): Record<string, KeptWeight> {
  const kept = weights.map((weight): [string, KeptWeight] => {
    const tensor = weight.read();
    return [weight.originalName, { shape: tensor.shape, values: [...tensor.dataSync()] }];
  });
  return Object.fromEntries(kept);
}

function replace(layer: tf.layers.Layer, saved: LayerConfig, standIns: Map<tf.layers.Layer, StandIn>): LayerConfig {
  if (layer instanceof tf.LayersModel && isModel(saved)) return withStandIns(layer, saved, standIns);
  const standIn = standIns.get(layer);
  if (!standIn) return saved;
  const { class_name, config } = saved;
  const { name, trainable, dtype, batch_input_shape } = config;
  const common = { name, trainable, dtype, ...(batch_input_shape !== undefined && { batch_input_shape }) };
  const thaw = { class_name, config, ...(layer.weights.length > 0 && { weights: weightsOf(layer) }) };
  return { ...saved, class_name: standIn.className, config: { ...common, ...standIn.settings, thaw } };
}

/**
 * A model as tfjs by itself can read it. What others stand in for goes along as `thaw`, which tfjs passes over: classes,
 * settings and weights.
 */
export function withStandIns(
  model: tf.LayersModel,
  saved: ModelConfig,
  standIns: Map<tf.layers.Layer, StandIn>,
): ModelConfig {
  const layers = saved.config.layers.map((layer) => replace(model.getLayer(layer.config.name), layer, standIns));
  return { ...saved, config: { ...saved.config, layers } };
}

function original(saved: LayerConfig): LayerConfig {
  if (isModel(saved)) return withoutStandIns(saved);
  const { thaw, ...standIn } = saved.config;
  // What others may stand in for, of what is known here.
  const inTfjs = isKerasObject(thaw) ? layerRecord(thaw.class_name)?.inTfjs : undefined;
  if (!isKerasObject(thaw) || inTfjs === undefined || inTfjs === 'itself') return { ...saved, config: standIn };
  return { ...saved, class_name: thaw.class_name, config: { ...thaw.config, name: standIn.name } };
}

/** A model with the layers that others stand in for. */
export function withoutStandIns(saved: ModelConfig): ModelConfig {
  return { ...saved, config: { ...saved.config, layers: saved.config.layers.map(original) } };
}

/**
 * The weights, by name, of the layers that others stand in for.
 *
 * @throws Error naming what is none.
 */
export function keptWeights({ config }: ModelConfig): [name: string, weight: KeptWeight][] {
  return config.layers.flatMap((layer) => {
    if (isModel(layer)) return keptWeights(layer);
    const { thaw } = layer.config;
    const weights = isJson(thaw) && isJson(thaw.weights) ? thaw.weights : {};
    return Object.entries(weights).map(([name, weight]): [string, KeptWeight] => {
      if (isKeptWeight(weight)) return [name, weight];
      throw new Error(`the weights '${name}' are ${JSON.stringify(weight)?.slice(0, 200)}`);
    });
  });
}
