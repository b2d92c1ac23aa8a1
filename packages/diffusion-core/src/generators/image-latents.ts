import type { Rng } from '@onestep/random';

/** `n` latents that are images of standard normal noise, [N, H, W, C], in host memory. */
export function imageLatents(
  { imgResolution, imgChannels }: { imgResolution: number; imgChannels: number },
  rng: Rng,
  n: number,
): { shape: number[]; data: Float32Array } {
  const shape = [n, imgResolution, imgResolution, imgChannels];
  return { shape, data: rng.normal(shape.reduce((a, b) => a * b, 1)) };
}
