import type * as tf from '../raw';
import { twinOf } from '../sequential_twin';

/**
 * Has a compiled model train with a new optimizer of the same kind and settings for as long as `use` runs; its own neither
 * steps nor changes.
 */
export async function withOptimizerCopy<T>(model: tf.LayersModel, use: (copy: tf.Optimizer) => Promise<T>): Promise<T> {
  const { optimizer } = model;
  const Class = optimizer.constructor as tf.serialization.SerializableConstructor<tf.Optimizer>;
  const copy = Class.fromConfig(Class, optimizer.getConfig());
  // By the setter the model would forget whether the optimizer goes when it goes.
  const twin = twinOf(model);
  Object.assign(twin, { optimizer_: copy });
  try {
    return await use(copy);
  } finally {
    Object.assign(twin, { optimizer_: optimizer });
    copy.dispose();
  }
}
