import { createHash } from 'node:crypto';
import * as tf from '../../tf';
import { isOfKnownClass } from '../../tfjs/layer_records';
import { randomGenerator } from '../../utils/random';

/** What stands for a size that a model leaves open. */
const ANY_SIZE = 16;
/** A prime number of values, so that they don't repeat along an axis. */
const VALUES = 4093;

/** Whether tfjs and Thaw alone say what a layer computes; its activation, and the layers that it wraps, included. */
export function isKnownLayer(layer: tf.layers.Layer): boolean {
  return (
    isOfKnownClass(layer) &&
    Object.entries(layer).every(([name, own]) => {
      const parts = [own].flat();
      // Whoever sets a function on a layer changes it, `call` say.
      if (parts.some((part) => typeof part === 'function')) return false;
      if (/activation$/i.test(name)) return parts.every((part) => !part || isOfKnownClass(part));
      return parts.every((part) => !(part instanceof tf.layers.Layer) || isKnownLayer(part));
    })
  );
}

/** Tensors of these shapes, the same at each call: of both signs, near 0 and far from it. */
function fixedInputs(shapes: tf.Shape[]): tf.Tensor[] {
  const random = randomGenerator(1);
  const values = Array.from({ length: VALUES }, () => (random() - 0.5) * 10 ** (4 * random() - 1));
  return shapes.map((shape) => {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? 1 : ANY_SIZE));
    const numbers = Float32Array.from({ length: tf.util.sizeFromShape(sizes) }, (_, index) => values[index % VALUES]!);
    return tf.tensor(numbers, sizes);
  });
}

/** The source of an object's classes, its own first, up to the first that is known. */
function source(object: object): string[] {
  const prototype = Object.getPrototypeOf(object);
  if (!prototype || prototype.constructor === tf.layers.Layer || isOfKnownClass(prototype)) return [];
  return [String(prototype.constructor), ...source(prototype)];
}

/**
 * Stands for what a layer computes that somebody else has written: its source, and what it gives for fixed input, since that
 * may depend on more than its source and settings tell.
 *
 * @param shapes The shapes of its inputs; a size that is left open is null.
 * @throws Error when it gives other numbers each time.
 */
export function layerFingerprint(
  layer: tf.layers.Layer,
  shapes: tf.Shape[],
  apply: (inputs: tf.Tensor | tf.Tensor[]) => tf.Tensor | tf.Tensor[] = (inputs) =>
    layer.apply(inputs, { training: false }) as tf.Tensor | tf.Tensor[],
): string {
  const outputs = () =>
    tf.tidy(() => {
      const inputs = fixedInputs(shapes);
      const hash = createHash('sha256');
      for (const output of [apply(inputs.length === 1 ? inputs[0]! : inputs)].flat()) {
        // Which NaN it is, is left to the processor.
        const numbers = Float32Array.from(output.dataSync(), (number) => (Number.isNaN(number) ? Number.NaN : number));
        hash.update(JSON.stringify(output.shape)).update(numbers);
      }
      return hash.digest('hex');
    });
  let given: string;
  try {
    given = outputs();
  } catch {
    return JSON.stringify(source(layer)); // It expects other input than this.
  }
  if (given !== outputs()) {
    throw new Error(
      `The feature bank can't keep what the layer '${layer.name}' gives, since it is another each time for the same ` +
        'picture. Put it after what is frozen, or train without the bank: featureBank({ enabled: false }).',
    );
  }
  return JSON.stringify([given, source(layer)]);
}
