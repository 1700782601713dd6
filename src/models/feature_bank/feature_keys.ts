import { createHash, type Hash } from 'node:crypto';
import { BaseRandomLayer } from '../../layers/base_random_layer';
import type * as tf from '../../tf';
import { isOfKnownClass } from '../../tfjs/layer_records';
import { copyAugmentation } from './copy_augmentation';
import { environment } from './environment';
import { isKnownLayer, layerFingerprint } from './layer_fingerprint';
import type { ModelSteps, Step } from './model_steps';

/** Raised whenever what is kept would come out differently, so that older files are no longer found. */
const VERSION = 2;

/** Settings that say how weights come about, not what a layer computes. */
const IRRELEVANT = /^(name|trainable|dtype|batchInputShape|seed)$|(Initializer|Regularizer|Constraint)$/;

function description(layer: tf.layers.Layer, isSet = (_value: unknown) => true): string {
  const settings = Object.entries(layer.getConfig()).filter(([key, value]) => isSet(value) && !IRRELEVANT.test(key));
  return JSON.stringify([layer.getClassName(), Object.fromEntries(settings.sort())], (_, value) =>
    // JSON knows neither.
    typeof value === 'function' || typeof value === 'bigint' ? String(value) : value,
  );
}

function addWeights(hash: Hash, { layer }: Step): void {
  for (const weight of layer.getWeights()) {
    hash.update(JSON.stringify(weight.shape));
    hash.update(weight.dataSync());
  }
}

/** How a model's augmentation draws: its layers, settings and seeds. */
export function augmentationKey({ steps, augmentations }: ModelSteps): string {
  const layers = steps.slice(0, augmentations).map(({ layer, inputShapes }) => {
    const { seed } = layer.getConfig();
    if (layer instanceof BaseRandomLayer && typeof seed !== 'number') {
      throw new Error(
        `The feature bank needs a seed for each augmentation layer, to draw the same variants again. ` +
          `Received: the layer '${layer.name}' without one. Give it one, such as seed: 1.`,
      );
    }
    if (isOfKnownClass(layer)) return [description(layer), seed];
    const drawn = (images: tf.Tensor | tf.Tensor[]) => {
      const [copy] = copyAugmentation([layer], 0);
      return copy!.apply(images, { training: true }) as tf.Tensor;
    };
    return [description(layer), seed, layerFingerprint(layer, inputShapes, drawn)];
  });
  return JSON.stringify(layers);
}

/** The cuts of a model, first to last, each with the key of what comes out there. */
export type CutKeys = Map<number, string>;

/**
 * For each cut the key of what comes out there: everything that it depends on, hashed, but for the pictures and their
 * augmentation.
 */
export function cutKeys(model: ModelSteps): CutKeys {
  const hash = createHash('sha256').update(JSON.stringify([VERSION, environment()]));
  const cuts = model.cuts();
  const keys: CutKeys = new Map();
  for (const place of [...model.steps.keys()].slice(model.augmentations, (cuts.at(-1) ?? -1) + 1)) {
    const step = model.steps[place]!;
    // What was not set when the model was built is null once it was saved and loaded.
    hash.update(description(step.layer, (value) => value !== null));
    hash.update(JSON.stringify(step.inputs.map((input) => input - model.augmentations)));
    addWeights(hash, step);
    if (!isKnownLayer(step.layer)) hash.update(layerFingerprint(step.layer, step.inputShapes));
    if (cuts.includes(place)) keys.set(place, hash.copy().digest('hex'));
  }
  return keys;
}
