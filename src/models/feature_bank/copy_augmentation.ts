import type { BaseRandomLayer } from '../../layers/base_random_layer';
import type * as tf from '../../tf';

/** Copies of augmentation layers that draw a variant: what the layers themselves draw next does not depend on the bank. */
export function copyAugmentation(layers: tf.layers.Layer[], variant: number): BaseRandomLayer[] {
  return layers.map((layer) => {
    const Layer = layer.constructor as new (config: tf.serialization.ConfigDict) => BaseRandomLayer;
    const copy = new Layer(layer.getConfig());
    copy.reseed(variant);
    return copy;
  });
}
