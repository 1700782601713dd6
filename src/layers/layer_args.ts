import type * as tf from '../tf';

/** The arguments that every layer has, such as `name`; tfjs exports no type of theirs. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;
