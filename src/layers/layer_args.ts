import type * as tf from '../tf';
import { isOfKnownClass, layerRecord } from '../tfjs/layer_records';
import { camelCase } from '../utils/camel_case';
import { checkOptions, type OptionNames } from '../utils/check_options';
import { shown } from '../utils/shown';

/** The arguments that every layer has, such as `name`; tfjs exports no type of theirs. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

const OF_EVERY_LAYER: OptionNames<LayerArgs> = {
  inputShape: true,
  batchInputShape: true,
  batchSize: true,
  dtype: true,
  name: true,
  trainable: true,
  weights: true,
  inputDType: true,
};

/**
 * Checks that a layer of Thaw's knows its arguments: those of every layer, and the settings in its record. A class that
 * somebody derives from one answers for its own.
 *
 * @param more Arguments that Keras's files can't hold.
 * @throws Error naming the arguments that it doesn't know.
 */
export function checkLayerArgs(layer: tf.layers.Layer, args: object, more: readonly string[] = []): void {
  if (!isOfKnownClass(layer)) return;
  const className = layer.getClassName();
  const own = [...(layerRecord(className)?.keras ?? []), ...more].map((setting) => [camelCase(setting), true]);
  // tfjs puts `customObjects` beside the arguments where it makes a layer of its JSON.
  checkOptions(className, args, { ...Object.fromEntries(own), ...OF_EVERY_LAYER, customObjects: true });
}

/** @throws Error when a saved layer expects the channels first. */
export function checkChannelsLast(layer: tf.layers.Layer, args: object): void {
  if ('dataFormat' in args && args.dataFormat === 'channelsFirst') {
    throw new Error(`The layer '${shown(layer.name)}' takes channels last only. Received: dataFormat=channelsFirst`);
  }
}
