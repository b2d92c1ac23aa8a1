import { Rng } from '@onestep/random';

/** Adds noise of a standard deviation to a picture, [32, 32, 3]. */
export function addNoise(pixels: Uint8Array, deviation: number, seed: number): Uint8Array {
  const noise = new Rng(seed, 'pixels').normal(pixels.length);
  return Uint8Array.from(pixels, (value, i) => Math.min(255, Math.max(0, Math.round(value + deviation * noise[i]!))));
}

/** Mixes each pixel of a picture, [32, 32, 3], with its eight neighbors, as generated pictures are soft. */
export function soften(pixels: Uint8Array): Uint8Array {
  const at = (row: number, column: number, channel: number) =>
    pixels[(Math.min(31, Math.max(0, row)) * 32 + Math.min(31, Math.max(0, column))) * 3 + channel]!;
  return Uint8Array.from(pixels, (_, i) => {
    const [row, column, channel] = [Math.floor(i / 96), Math.floor(i / 3) % 32, i % 3];
    let sum = 0;
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) sum += (2 - Math.abs(dx)) * (2 - Math.abs(dy)) * at(row + dy, column + dx, channel);
    }
    return sum / 16;
  });
}
