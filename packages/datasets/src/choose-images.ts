const STATE_WORDS = 624;
const SHIFT = 397;

/**
 * Chooses images as the published reader does: all of them, or `maxSize` at random.
 *
 * The subset is `numpy.random.RandomState(seed).shuffle` of the indices, the first `maxSize`, sorted: a seed
 * chooses the same images in both.
 *
 * @param length number of images
 * @param maxSize number of images to choose; undefined for all
 * @param seed 0 to 2^32 - 1
 * @returns indices, ascending
 * @throws if the seed is out of range
 * @internal
 */
export function chooseImages(length: number, maxSize: number | undefined, seed: number): Int32Array {
  if (!(Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new Error(`randomSeed must be a whole number from 0 to 2^32 - 1, not ${seed}.`);
  }
  const order = Int32Array.from({ length }, (_, i) => i);
  if (maxSize === undefined || maxSize >= length) return order;
  const next = mersenneTwister(seed);
  for (let i = length - 1; i > 0; i--) {
    // As many bits as i has, drawn again while they are larger than i.
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j: number;
    do j = (next() & mask) >>> 0;
    while (j > i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.slice(0, maxSize).sort();
}

/**
 * MT19937 (Matsumoto and Nishimura, 1998), seeded with one number.
 *
 * @returns a function that draws 32 bits
 */
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
