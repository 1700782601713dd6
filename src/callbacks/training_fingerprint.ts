import { createHash } from 'node:crypto';
import type * as tf from '../tf';

/** Raised whenever a backup's content changes its meaning: older ones then count as of another training. */
const VERSION = 3;

function layersOf(layer: tf.layers.Layer): tf.layers.Layer[] {
  return 'layers' in layer ? [layer, ...(layer as tf.LayersModel).layers.flatMap(layersOf)] : [layer];
}

/**
 * Stands for a model as it is now and for how it is to be trained: architecture, weights, optimizer, loss, metrics and
 * `settings`. The names of layers don't count: tfjs numbers them on when a cell runs once more.
 */
export function trainingFingerprint(model: tf.LayersModel, settings: unknown): string {
  const names = new Map<unknown, string>(layersOf(model).map(({ name }, place) => [name, `layer ${place}`]));
  const { optimizer, loss, metrics } = model;
  const training = [optimizer.getClassName(), optimizer.getConfig(), loss, metrics, settings];
  const description = JSON.stringify([VERSION, model.toJSON(null, false), training], (_key, value) =>
    // What a loss or metric is set to are properties of the function.
    typeof value === 'function' ? `${value}${Object.entries(value)}` : (names.get(value) ?? value),
  );
  const hash = createHash('sha256').update(description);
  for (const weight of model.getWeights()) hash.update(weight.dataSync());
  return hash.digest('hex');
}
