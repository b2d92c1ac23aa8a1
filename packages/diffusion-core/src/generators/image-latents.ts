import type { Rng } from '@onestep/random';

/**
 * Draws `n` latents that are images of standard normal noise.
 *
 * @returns the shape [n, H, W, C] and the numbers, row-major
 * @internal
 */
export function imageLatents(
  { imgResolution, imgChannels }: { imgResolution: number; imgChannels: number },
  rng: Rng,
  n: number,
): { shape: number[]; data: Float32Array } {
  const shape = [n, imgResolution, imgResolution, imgChannels];
  return { shape, data: rng.normal(shape.reduce((a, b) => a * b, 1)) };
}
