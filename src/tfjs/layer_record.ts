import type * as tf from './raw';

type Layer = tf.layers.Layer;

/** A layer's settings in Keras's words, such as `pool_size`. */
export type Settings = Record<string, unknown>;

/**
 * What stands in for a layer: a layer without weights that tfjs by itself has, and that does the same when a model
 * predicts.
 */
export interface StandIn {
  className: string;
  settings: Settings;
}

/** All that is known of a class of layers. */
export interface LayerRecord<L extends Layer = Layer> {
  /** Keras's settings of the layer besides those of every layer; null where `.keras` and `.h5` can't hold it yet. */
  keras: readonly string[] | null;
  /** Keras's module of the class, where it isn't `keras.layers`. */
  module?: string;
  /** Whether tfjs has a class of the name that computes something else: Keras's files hold Thaw's only. */
  unlikeTfjs?: true;
  /** Whether Keras's class takes no `trainable`. */
  withoutTrainable?: true;
  /**
   * What a `model.json` holds, which is read by tfjs alone: the layer itself, what gives its input unchanged (as
   * augmentation does when a model predicts), or what stands in for it.
   *
   * @throws Error naming the layer that nothing stands in for as it is set.
   */
  inTfjs: 'itself' | 'identity' | ((layer: L) => StandIn | 'itself');
  /** The settings, in Keras's words, without which it can't be: tfjs would compute nonsense. */
  needs?: readonly string[];
  /** Whether its operations depend neither on the values that it is given nor on chance when a model predicts. */
  oneGraph: boolean;
  /** The settings that tfjs calls or means otherwise, from Keras's: they are added to, or replace, those in `keras`. */
  fromKeras?: (settings: Settings) => Settings;
  /** The settings that Keras calls or means otherwise, from tfjs's, their names in snake case. */
  toKeras?: (settings: Settings) => Settings;
}
