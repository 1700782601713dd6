import * as tf from '../../tf';
import { layerPaths } from '../../tfjs/layer_paths';
import { layerClasses, layerRecord, type StandIn } from '../../tfjs/layer_records';
import { unknownLayer } from '../keras_json/check_layer';
import { isKerasObject, isModel, type LayerConfig, type ModelConfig } from '../keras_json/types';

const IDENTITY: StandIn = { className: 'Activation', settings: { activation: 'linear' } };

function standInFor(layer: tf.layers.Layer): StandIn | undefined {
  const className = layer.getClassName();
  const record = layerRecord(className);
  if (!record) throw unknownLayer(className, layer.name, ['Sequential', 'Functional', ...layerClasses()]);
  const { inTfjs } = record;
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

function replace(layer: tf.layers.Layer, saved: LayerConfig, standIns: Map<tf.layers.Layer, StandIn>): LayerConfig {
  if (layer instanceof tf.LayersModel && isModel(saved)) return withStandIns(layer, saved, standIns);
  const standIn = standIns.get(layer);
  if (!standIn) return saved;
  const { class_name, config } = saved;
  const { name, trainable, dtype, batch_input_shape } = config;
  const common = { name, trainable, dtype, ...(batch_input_shape !== undefined && { batch_input_shape }) };
  const thaw = { class_name, config: { ...config, ...standIn.original } };
  return { ...saved, class_name: standIn.className, config: { ...common, ...standIn.settings, thaw } };
}

/** A model as tfjs by itself can read it. True classes and settings go along as `thaw`, which tfjs passes over. */
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
  const { thaw, name } = saved.config;
  if (!isKerasObject(thaw) || !layerRecord(thaw.class_name)) return saved;
  return { ...saved, class_name: thaw.class_name, config: { ...thaw.config, name } };
}

/** A model with the layers that others stand in for. */
export function withoutStandIns(saved: ModelConfig): ModelConfig {
  return { ...saved, config: { ...saved.config, layers: saved.config.layers.map(original) } };
}
