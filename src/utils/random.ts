/** A generator of numbers in [0, 1). `randomGenerator(state)` gives the same numbers as this one from now on. */
export type RandomGenerator = (() => number) & { state: number };

/**
 * A seeded generator of uniform numbers in [0, 1): mulberry32. The same seed gives the same numbers on every machine.
 * For order and augmentation, never for secrets.
 */
export function randomGenerator(seed: number): RandomGenerator {
  const random = () => {
    random.state = (random.state + 0x6d2b79f5) >>> 0;
    const { state } = random;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  random.state = seed >>> 0;
  return random;
}

/** A shuffled copy of `array` (Fisher-Yates), drawn from `random`, a generator of numbers in [0, 1). */
export function shuffle<T>(array: readonly T[], random: () => number): T[] {
  const shuffled = [...array];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}
