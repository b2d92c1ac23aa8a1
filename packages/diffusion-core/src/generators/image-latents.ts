import type { Rng } from '@onestep/random';
import type { Share } from '../processes/share-of.js';

/**
 * Draws `n` latents that are images of standard normal noise.
 *
 * @param rows the latents that are needed; the others may be 0. Left out, all
 * @returns the shape [n, H, W, C] and the numbers, row-major
 * @internal
 */
export function imageLatents(
  { imgResolution, imgChannels }: { imgResolution: number; imgChannels: number },
  rng: Rng,
  n: number,
  rows: Share = { start: 0, end: n },
): { shape: number[]; data: Float32Array } {
  const shape = [n, imgResolution, imgResolution, imgChannels];
  const each = imgResolution ** 2 * imgChannels;
  return { shape, data: rng.normal(n * each, { start: rows.start * each, end: rows.end * each }) };
}
