/** What the frozen layers compute in and the bank keeps: Keras's `dtype`s of the same names. */
export type FeatureDtype = 'float32' | 'bfloat16';

const bitsOf = (numbers: Float32Array) => new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);

/**
 * The upper halves of the numbers' bits, which is what bfloat16 is. What was computed in bfloat16 stays as it is; other
 * numbers are cut off.
 */
export function toBfloat16(numbers: Float32Array): Uint16Array {
  return Uint16Array.from(bitsOf(numbers), (bits) => bits >>> 16);
}

/** Sets `numbers`, from `start` on, to those that these upper halves stand for. */
export function fromBfloat16(halves: Uint16Array, numbers: Float32Array, start: number): void {
  const bits = bitsOf(numbers);
  for (let index = 0; index < halves.length; index++) bits[start + index] = halves[index]! << 16;
}
