import { philox4x32 } from './philox.js';

/** State of a stream, for {@link Rng.fromState}. It can be stored as JSON. */
export interface RngState {
  seed: number;
  /** Name of the stream. */
  stream: string;
  /** Number of 128-bit blocks drawn so far. */
  position: number;
}

/**
 * A stream of random numbers: Philox4x32-10 ({@link philox4x32}) keyed by a seed and a name.
 *
 * Streams with different seeds or names are independent, and drawing from one never advances another. Use one
 * stream per purpose: `rng.stream('noise')`, `rng.stream('labels')`. Its state is the seed, the name and one
 * number.
 */
export class Rng {
  readonly seed: number;
  readonly name: string;
  private readonly key: readonly [number, number];
  private readonly nameHash: readonly [number, number];
  private position = 0;

  /**
   * @param seed an integer from 0 to 2^53 - 1
   * @param name of the stream. Default: the empty name
   * @throws RangeError if the seed is out of range
   */
  constructor(seed: number, name = '') {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`A seed is an integer from 0 to ${Number.MAX_SAFE_INTEGER}, not ${seed}.`);
    }
    this.seed = seed;
    this.name = name;
    this.key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
    this.nameHash = [fnv1a(name, 0x811c9dc5), fnv1a(name, 0x9747b28c)];
  }

  /**
   * A stream of the same seed and another name, at its beginning.
   *
   * @param name appended to the name of this stream after a slash
   */
  stream(name: string): Rng {
    return new Rng(this.seed, this.name === '' ? name : `${this.name}/${name}`);
  }

  /** Draws `n` unsigned 32-bit integers. */
  bits(n: number): Uint32Array {
    const blocks = Math.ceil(n / 4);
    const out = this.blocks(0, blocks);
    this.position += blocks;
    return out.subarray(0, n);
  }

  /**
   * Draws `n` numbers from the uniform distribution on the open interval (low, high), with 32 random bits
   * each.
   */
  uniform(n: number, low = 0, high = 1): Float64Array {
    const bits = this.bits(n);
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) out[i] = low + (high - low) * ((bits[i]! + 0.5) / 2 ** 32);
    return out;
  }

  /**
   * Draws `n` numbers from the standard normal distribution (Box-Muller), rounded to float32.
   *
   * @param part the numbers that are needed: the others may be 0, and cost nothing. The stream goes on as without it. Default: all
   */
  normal(n: number, { start, end }: { start: number; end: number } = { start: 0, end: n }): Float32Array {
    // A block of 4 integers gives 4 numbers.
    const [first, last] = [Math.floor(start / 4), Math.ceil(end / 4)];
    const bits = this.blocks(first, last);
    const out = new Float32Array(Math.ceil(n / 4) * 4);
    for (let i = 0, at = 4 * first; i < bits.length; i += 2, at += 2) {
      const radius = Math.sqrt(-2 * Math.log((bits[i]! + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * (bits[i + 1]! + 0.5)) / 2 ** 32;
      out[at] = radius * Math.cos(angle);
      out[at + 1] = radius * Math.sin(angle);
    }
    this.position += Math.ceil(n / 4);
    return out.subarray(0, n);
  }

  /**
   * Draws `n` integers from the uniform distribution on 0 to bound - 1.
   *
   * @param bound at most 2^31. The probabilities of the integers differ by less than bound / 2^32 of their mean
   */
  integers(n: number, bound: number): Int32Array {
    const bits = this.bits(n);
    const out = new Int32Array(n);
    for (let i = 0; i < n; i++) out[i] = Math.floor((bits[i]! / 2 ** 32) * bound);
    return out;
  }

  /** Draws a permutation: the integers 0 to n - 1 in random order (Fisher-Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    const u = this.uniform(Math.max(n - 1, 0));
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(u[i - 1]! * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  /** The current state, for {@link Rng.fromState}. */
  state(): RngState {
    return { seed: this.seed, stream: this.name, position: this.position };
  }

  /** Makes a stream that continues where `state` was taken. */
  static fromState(state: RngState): Rng {
    const rng = new Rng(state.seed, state.stream);
    rng.position = state.position;
    return rng;
  }

  /** The integers of the blocks `first` to `last` - 1 after the position. */
  private blocks(first: number, last: number): Uint32Array {
    const out = new Uint32Array(Math.max(0, last - first) * 4);
    for (let block = first; block < last; block++) {
      const at = this.position + block;
      const [low, high] = [at >>> 0, Math.floor(at / 2 ** 32)];
      philox4x32(this.key, [low, high, this.nameHash[0], this.nameHash[1]], out, (block - first) * 4);
    }
    return out;
  }
}

/** FNV-1a hash over UTF-16 code units. */
function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
