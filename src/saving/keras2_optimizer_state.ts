import type * as tf from '../tf';
import { getLearningRate } from '../tfjs/optimizers/learning_rate';
import { layoutOf } from './optimizer_state';
import type { SavedOptimizer } from './saved_layers';

/**
 * What an optimizer remembers, in the order of Keras 3's `optimizer.variables`. Keras 2 keeps the learning rate with the
 * settings; its SGD remembers steps without a momentum, too; and its legacy optimizers have all slots of one kind together.
 *
 * @throws Error when Keras has no such optimizer.
 */
export function inKeras3Order(model: tf.LayersModel, { arrays, legacy }: SavedOptimizer): SavedOptimizer['arrays'] {
  const [iterations, ...rest] = arrays;
  // No weight that is trained is a single number, so neither is what is remembered of one.
  if (iterations === undefined || rest[0]?.shape.length === 0) return arrays;
  const { kept, interleaved = 0 } = layoutOf(model.optimizer);
  const count = model.trainableWeights.length;
  const learningRate = { shape: [], values: Float32Array.of(getLearningRate(model.optimizer)) };
  const slots = kept.length === 0 && rest.length === count ? [] : rest;
  if (!legacy || slots.length !== kept.length * count) return [iterations, learningRate, ...slots];
  const [beside, alone] = [slots.slice(0, interleaved * count), slots.slice(interleaved * count)];
  const interleave = (_: unknown, index: number) =>
    beside[(index % interleaved) * count + Math.floor(index / interleaved)]!;
  return [iterations, learningRate, ...beside.map(interleave), ...alone];
}
