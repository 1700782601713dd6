import { EPSILON } from '../layers/normalization';
import * as tf from '../tf';
import type { Json } from './keras_json/keras_layers';

/** A layer as tfjs's topology has it. */
export interface TopologyLayer {
  class_name: string;
  config: Json & { layers?: TopologyLayer[] };
}

/** What stands in for a layer, if it needs anybody; and the settings to read it back with, if they aren't its own. */
type StandIn = (layer: tf.layers.Layer, config: Json) => (TopologyLayer & { original?: Json }) | undefined;

const identity: StandIn = () => ({ class_name: 'Activation', config: { activation: 'linear' } });

/** Pools all of a map at once, since tfjs has no `keepdims`. */
const wholePooling =
  (pooling: string): StandIn =>
  (layer, { keepdims }) => {
    if (!keepdims) return undefined;
    const [, height, width] = [layer.input].flat()[0]!.shape;
    if (!height || !width) {
      throw new Error(
        `The layer '${layer.name}' keeps its axes, which tfjs does for maps of one size only. ` +
          'Give the model an input of known height and width.',
      );
    }
    const size = [height, width];
    return { class_name: pooling, config: { pool_size: size, strides: size, padding: 'valid' } };
  };

/** Scales and shifts by constants, since tfjs has nothing that keeps a mean and variance as weights. */
const rescaling: StandIn = (layer, config) => {
  const { rank } = [layer.input].flat()[0]!;
  const axes = config.axis as number[];
  if (axes.some((axis) => axis !== -1 && axis !== rank - 1)) {
    throw new Error(
      `The layer '${layer.name}' has a mean and variance for other axes than the last. Received: ${axes}`,
    );
  }
  const weights = layer.getWeights().map((weight) => weight.arraySync());
  const [mean, variance] =
    weights.length > 0 ? weights : [config.mean as tf.TensorLike, config.variance as tf.TensorLike];
  const scale = tf.tidy(() => tf.scalar(1).div(tf.sqrt(variance!).maximum(EPSILON)).arraySync());
  const offset = tf.tidy(() => tf.neg(mean!).mul(scale).arraySync());
  return { class_name: 'Rescaling', config: { scale, offset }, original: { ...config, mean, variance } };
};

/** What stands in for layers that tfjs by itself lacks, or has in part, and does the same when a model predicts. */
const STAND_INS: Record<string, StandIn> = {
  GlobalAveragePooling2D: wholePooling('AveragePooling2D'),
  GlobalMaxPooling2D: wholePooling('MaxPooling2D'),
  Normalization: rescaling,
  RandomBrightness: identity,
  RandomContrast: identity,
  RandomFlip: identity,
  RandomRotation: identity,
  RandomTranslation: identity,
  RandomZoom: identity,
  // tfjs doesn't work out the size that is left open.
  Reshape: ({ output }) => ({ class_name: 'Reshape', config: { target_shape: [output].flat()[0]!.shape.slice(1) } }),
};

/** A layer as tfjs by itself can read it. Its true class and settings go along as `thaw`, which tfjs passes over. */
export function standIn(layer: tf.layers.Layer, saved: TopologyLayer): TopologyLayer {
  const { class_name, config } = saved;
  if ('layers' in layer) {
    const model = layer as tf.LayersModel;
    const layers = config.layers!.map((inner) => standIn(model.getLayer(String(inner.config.name)), inner));
    return { ...saved, config: { ...config, layers } };
  }
  const stand = STAND_INS[class_name]?.(layer, config);
  if (!stand) return saved;
  const { name, trainable, dtype, batch_input_shape } = config;
  const common = { name, trainable, dtype, ...(batch_input_shape !== undefined && { batch_input_shape }) };
  return {
    ...saved,
    class_name: stand.class_name,
    config: { ...common, ...stand.config, thaw: { class_name, config: stand.original ?? config } },
  };
}

/** The layer that something stands in for; models opened. */
export function original(saved: TopologyLayer): TopologyLayer {
  const { layers } = saved.config;
  if (layers) return { ...saved, config: { ...saved.config, layers: layers.map(original) } };
  return { ...saved, ...(saved.config.thaw as TopologyLayer | undefined) };
}
