import { Rng } from '@onestep/random';

/** What it takes to continue a sampler: it is replayed to the place, in about 0.1 s for 10 million draws. */
export interface SamplerState {
  seed: number;
  length: number;
  /** Number of indices drawn so far, by all processes together. */
  drawn: number;
}

/** Which of several processes draws: each gets every `numReplicas`-th index of the same sequence, from `rank` on. */
export interface SamplerShare {
  /** Number of this process, from 0. */
  rank: number;
  numReplicas: number;
}

/** Random numbers are drawn so many at a time; a multiple of 4, the size of the generator's blocks. */
const CHUNK = 4096;

/**
 * An endless shuffled sequence of the indices 0 to length-1, as EDM's training loop draws them.
 *
 * The order begins as a random permutation and is walked round and round; each index that has been drawn is swapped with
 * one up to half a length earlier, so that passes differ. The same index never comes twice among any
 * `length - window + 1` draws in a row, `window` being half the length.
 */
export class InfiniteSampler {
  readonly length: number;
  private readonly seed: number;
  private readonly order: Int32Array;
  private readonly window: number;
  private readonly swaps: Rng;
  private distances: Int32Array = new Int32Array(0);
  private drawn = 0;
  private readonly share: SamplerShare;

  /** @param length number of items; @param seed of the order; @param share default: all indices */
  constructor(length: number, seed: number, share: SamplerShare = { rank: 0, numReplicas: 1 }) {
    if (!Number.isSafeInteger(length) || length < 1)
      throw new RangeError(`A sampler needs a length from 1 on, not ${length}.`);
    const { rank, numReplicas } = share;
    if (!Number.isSafeInteger(numReplicas) || !Number.isSafeInteger(rank) || rank < 0 || rank >= numReplicas)
      throw new RangeError(`A sampler's rank is a whole number below its numReplicas, not ${rank} of ${numReplicas}.`);
    this.share = share;
    this.length = length;
    this.seed = seed;
    const rng = new Rng(seed, 'sampler');
    this.order = rng.stream('order').permutation(length);
    this.swaps = rng.stream('swaps');
    this.window = Math.round(length / 2);
  }

  /** The next index of this process. */
  next(): number {
    const { rank, numReplicas } = this.share;
    while (this.drawn % numReplicas !== rank) this.draw();
    return this.draw();
  }

  private draw(): number {
    const place = this.drawn % this.length;
    const index = this.order[place]!;
    if (this.window >= 2) {
      const partner = (place - this.nextDistance() + this.length) % this.length;
      this.order[place] = this.order[partner]!;
      this.order[partner] = index;
    }
    this.drawn += 1;
    return index;
  }

  state(): SamplerState {
    return { seed: this.seed, length: this.length, drawn: this.drawn };
  }

  /** A sampler that continues where `state` was taken; processes may share a state, or their number may have changed. */
  static fromState({ seed, length, drawn }: SamplerState, share?: SamplerShare): InfiniteSampler {
    const sampler = new InfiniteSampler(length, seed, share);
    while (sampler.drawn < drawn) sampler.draw();
    return sampler;
  }

  private nextDistance(): number {
    const at = this.drawn % CHUNK;
    if (at === 0) this.distances = this.swaps.integers(CHUNK, this.window);
    return this.distances[at]!;
  }
}
