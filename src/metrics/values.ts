import * as tf from '../tf';
import { shown } from '../utils/shown';

/** Numbers, one for each picture: an array, or a tensor [pictures] or [pictures, 1], which stays as it is. */
export type Values = ArrayLike<number> | tf.Tensor;

/**
 * The numbers as an array.
 *
 * @param name What they are called in an error.
 * @throws Error when there are none, a tensor has several for each picture, or one isn't finite.
 */
export function valuesOf(values: Values, name: string): number[] {
  const isTensor = values instanceof tf.Tensor;
  if (isTensor && values.size !== values.shape[0]) {
    throw new Error(
      `Expected ${name} to have the shape [pictures] or [pictures, 1]. Received: shape [${values.shape}]`,
    );
  }
  const numbers = Array.from(isTensor ? values.dataSync() : values, Number);
  if (numbers.length === 0) throw new Error(`Expected ${name} to hold a number for each picture. Received: none`);
  const odd = numbers.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new Error(
      `Expected ${name} to hold finite numbers. Received: ${shown(String(numbers[odd]))} at place ${odd}`,
    );
  }
  return numbers;
}

/**
 * Several numbers for each picture, as an array each.
 *
 * @throws Error as `valuesOf` does, or when they aren't equally many.
 */
export function sameLength(values: Record<string, Values>): number[][] {
  const arrays = Object.entries(values).map(([name, each]) => valuesOf(each, name));
  if (arrays.some(({ length }) => length !== arrays[0]!.length)) {
    const lengths = Object.keys(values).map((name, index) => `${name}: ${arrays[index]!.length}`);
    throw new Error(`Expected as many numbers in each. Received: ${lengths.join(', ')}`);
  }
  return arrays;
}
