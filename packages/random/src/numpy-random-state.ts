const LENGTH = 624;
const SHIFT = 397;

/**
 * The normal numbers of NumPy's `RandomState(seed)`, with which published programs draw latents: the Mersenne Twister MT19937
 * (Matsumoto and Nishimura 1998), 53 bits of it for a uniform number, and Marsaglia's polar method.
 */
export class NumpyRandomState {
  private readonly state = new Uint32Array(LENGTH);
  private position = LENGTH;
  /** The second number of a pair. */
  private next: number | null = null;

  /** @param seed integer from 0 to 2^32 - 1 */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
      throw new RangeError(`A seed of NumPy is an integer from 0 to ${2 ** 32 - 1}, not ${seed}.`);
    }
    this.state[0] = seed;
    for (let i = 1; i < LENGTH; i++) {
      const previous = this.state[i - 1]!;
      this.state[i] = Math.imul(previous ^ (previous >>> 30), 1812433253) + i;
    }
  }

  /** `randn(n)`. */
  normal(n: number): Float64Array {
    return Float64Array.from({ length: n }, () => this.gauss());
  }

  private gauss(): number {
    if (this.next !== null) {
      const kept = this.next;
      this.next = null;
      return kept;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.next = factor * x;
      return factor * y;
    }
  }

  /** 53 bits, in [0, 1). */
  private uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  private bits(): number {
    if (this.position === LENGTH) this.twist();
    let y = this.state[this.position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < LENGTH; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % LENGTH]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % LENGTH]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}
