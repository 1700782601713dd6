/** How many words of 32 bits the generator's state has, and how far apart those are that make a new one. */
const [WORDS, APART] = [624, 397];

/**
 * The 32-bit numbers that NumPy's `RandomState` draws from a seed: MT19937.
 *
 * Source: Matsumoto and Nishimura, Mersenne Twister (1998), with the initialization of 2002.
 */
function* mersenneTwister(seed: number): Generator<number, never, void> {
  const state = new Uint32Array(WORDS);
  state[0] = seed;
  for (let at = 1; at < WORDS; at++) {
    const before = state[at - 1]! ^ (state[at - 1]! >>> 30);
    state[at] = Math.imul(before, 1812433253) + at;
  }
  for (;;) {
    for (let at = 0; at < WORDS; at++) {
      const mixed = (state[at]! & 0x80000000) | (state[(at + 1) % WORDS]! & 0x7fffffff);
      state[at] = state[(at + APART) % WORDS]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    for (let word of state) {
      word ^= word >>> 11;
      word ^= (word << 7) & 0x9d2c5680;
      word ^= (word << 15) & 0xefc60000;
      yield (word ^ (word >>> 18)) >>> 0;
    }
  }
}

/**
 * A copy of `array` in the order that `numpy.random.RandomState(seed).shuffle(array)` gives, by which Keras tells pictures
 * for training from pictures for validation.
 *
 * @param seed a whole number from 0 to 2³² - 1
 */
export function shuffleAsNumPy<T>(array: readonly T[], seed: number): T[] {
  const shuffled = [...array];
  const words = mersenneTwister(seed);
  for (let last = shuffled.length - 1; last > 0; last--) {
    // As many bits as the greatest place has; what is beyond it is drawn anew.
    const mask = 2 ** (32 - Math.clz32(last)) - 1;
    let other = last + 1;
    while (other > last) other = (words.next().value & mask) >>> 0;
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}
