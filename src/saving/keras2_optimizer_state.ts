import type * as tf from '../tf';
import { getLearningRate } from '../tfjs/optimizers/learning_rate';
import { layoutOf, slotsInOrder } from './optimizer_state';
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
  const layout = layoutOf(model.optimizer);
  const { kept } = layout;
  const weights = model.trainableWeights;
  const learningRate = { shape: [], values: Float32Array.of(getLearningRate(model.optimizer)) };
  const slots = kept.length === 0 && rest.length === weights.length ? [] : rest;
  if (!legacy || slots.length !== kept.length * weights.length) return [iterations, learningRate, ...slots];
  const inOrder = slotsInOrder(model, layout).map(
    ({ weight, kind }) => slots[kept.indexOf(kind) * weights.length + weights.indexOf(weight)]!,
  );
  return [iterations, learningRate, ...inOrder];
}
