import * as tf from '../tf';

/**
 * For the `classWeight` of a training: the more the rarer a class is, so that the pictures of each class count the same
 * together. A class's weight is all pictures over its own, over the number of classes.
 *
 * @param labels The class of each picture: 0, 1, 2..., [pictures] or [pictures, 1], such as `dataset.labels()` or an array. A
 *   tensor stays as it is.
 * @returns A weight for each class that occurs; over all pictures their mean is 1.
 * @throws Error when there are none, or one is no class number, as where labels are one-hot.
 * Source: `sklearn.utils.class_weight.compute_class_weight('balanced', classes=…, y=…)`.
 * @example
 * const classWeight = utils.computeClassWeight(trainDataset.labels());
 * await bank.fit(model, trainDataset, { epochs: 10, classWeight });
 */
export function computeClassWeight(labels: ArrayLike<number> | tf.Tensor): Record<number, number> {
  const isTensor = labels instanceof tf.Tensor;
  const values = Array.from(isTensor ? labels.dataSync() : labels, Number);
  const fits = !isTensor || labels.size === labels.shape[0];
  const odd = values.find((value) => !(Number.isInteger(value) && value >= 0));
  if (!fits || values.length === 0 || odd !== undefined) {
    const received = fits ? String(odd ?? 'none') : `shape [${(labels as tf.Tensor).shape}]`;
    throw new Error(
      `Expected the number of a class for each picture, [pictures] or [pictures, 1]. Received: ${received}`,
    );
  }
  const counts = new Map<number, number>();
  for (const label of values) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Object.fromEntries([...counts].map(([label, count]) => [label, values.length / (counts.size * count)]));
}
