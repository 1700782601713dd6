const DIVISOR = 8;

/** A number of filters, rounded to a multiple of 8, down by a tenth at most. Mirrors `_make_divisible` of Keras's MobileNetV2. */
export function makeDivisible(filters: number): number {
  const rounded = Math.max(DIVISOR, Math.floor((filters + DIVISOR / 2) / DIVISOR) * DIVISOR);
  return rounded < 0.9 * filters ? rounded + DIVISOR : rounded;
}
