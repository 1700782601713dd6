import type * as tf from '../tf';
import { shown } from '../utils/shown';

/** A number, or the lower and upper bound of a range. */
export type Factor = number | [lower: number, upper: number];

/**
 * The range that a factor stands for: a number f for [-|f|, |f|], two numbers for themselves in order.
 *
 * @param name what the argument is called
 * @param least the least that it may be; itself excluded where `open`. The most is always 1.
 * @throws Error when the factor is no number or pair of numbers in that range.
 */
export function factorRange(name: string, factor: Factor, least: number, open = false): [number, number] {
  const numbers = [factor].flat();
  const inRange = (number: number) => (open ? number > least : number >= least) && number <= 1;
  if (!(typeof factor === 'number' || numbers.length === 2) || !numbers.every(inRange)) {
    throw new Error(
      `The \`${name}\` argument should be a number (or a list of two numbers) ` +
        `in the range ${open ? '(' : '['}${least}, 1]. Received: ${name}=${JSON.stringify(factor)}`,
    );
  }
  const lower = numbers[0]!;
  const upper = numbers[1] ?? -lower;
  return [Math.min(lower, upper), Math.max(lower, upper)];
}

/** A number drawn evenly from a range. */
export function uniform(random: () => number, [lower, upper]: readonly [number, number]): number {
  return lower + (upper - lower) * random();
}

/** @throws Error listing what `name` may be, when `value` is something else. */
export function checkOneOf(name: string, value: string, supported: readonly string[]): void {
  if (!supported.includes(value)) {
    throw new Error(
      `Unknown \`${name}\` ${value}. Expected one of: ${supported.map((one) => `'${one}'`).join(', ')}. ` +
        `Received: ${name}=${value}`,
    );
  }
}

/** @throws Error when a height or width is no whole number of pixels. */
export function checkSize(layer: tf.layers.Layer, height: number, width: number): void {
  if ([height, width].every((size) => Number.isInteger(size) && size > 0)) return;
  throw new Error(
    `Expected the layer '${shown(layer.name)}' to have a height and a width in pixels. Received: height=${height}, width=${width}`,
  );
}
