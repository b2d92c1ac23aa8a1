const STATE_WORDS = 624;
const SHIFT = 397;

/**
 * The numbers 0 to length-1 of which the published reader keeps `size`: `numpy.random.RandomState(seed).shuffle`, the first
 * `size`, sorted. The same seed chooses the same images here and there.
 *
 * @param seed 0 to 2^32 - 1
 */
export function numpySubset(length: number, size: number, seed: number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  const next = mersenneTwister(seed);
  for (let i = length - 1; i > 0; i--) {
    // Bits that reach i, drawn again while they are larger.
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j: number;
    do j = (next() & mask) >>> 0;
    while (j > i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.slice(0, size).sort();
}

/** MT19937 (Matsumoto and Nishimura, 1998), seeded with one number. @returns a function that draws 32 bits */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(STATE_WORDS);
  state[0] = seed;
  for (let i = 1; i < STATE_WORDS; i++) {
    const before = state[i - 1]!;
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  let at = STATE_WORDS;
  const twist = () => {
    for (let i = 0; i < STATE_WORDS; i++) {
      const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % STATE_WORDS]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % STATE_WORDS]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  };
  return () => {
    if (at === STATE_WORDS) twist();
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
