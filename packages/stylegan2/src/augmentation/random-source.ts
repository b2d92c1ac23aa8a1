import type { Rng } from '@onestep/random';

/** What augmentations draw from: an {@link Rng}, or recorded numbers. */
export type RandomSource = Pick<Rng, 'uniform' | 'normal'>;

/** Draws for each of `n` images whether a transform happens. @param probability from 0 to 1 */
export function drawDecisions(rng: RandomSource, n: number, probability: number): boolean[] {
  return Array.from(rng.uniform(n), (u) => u < probability);
}
