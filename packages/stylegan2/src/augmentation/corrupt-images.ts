import type { HostTable } from './host-table.js';
import { drawDecisions, type RandomSource } from './random-source.js';

/** Standard deviation of the noise's standard deviation. */
const NOISE_STD = 0.1;
/** Side of the erased rectangle, as a share of the image's side. */
const CUTOUT_SIZE = 0.5;

/** What a batch of square images is drawn for. */
interface CorruptionDraws {
  n: number;
  size: number;
  probability: number;
  rng: RandomSource;
}

/** Draws noise for each of `n` images. @returns [N, S, S, C], to be added */
export function drawNoise({ n, size, channels, probability, rng }: CorruptionDraws & { channels: number }): HostTable {
  const sigmas = rng.normal(n);
  const decisions = drawDecisions(rng, n, probability);
  const perImage = size * size * channels;
  const values = rng.normal(n * perImage).slice();
  for (let i = 0; i < n; i++) {
    const sigma = decisions[i] ? Math.abs(sigmas[i]!) * NOISE_STD : 0;
    const image = values.subarray(i * perImage, (i + 1) * perImage);
    for (let j = 0; j < perImage; j++) image[j]! *= sigma;
  }
  return { values, shape: [n, size, size, channels] };
}

/** Draws a rectangle for each of `n` images; decides first, then places it. @returns [N, S, S, 1], 0 where it is, else 1 */
export function drawCutouts({ n, size, probability, rng }: CorruptionDraws): HostTable {
  const decisions = drawDecisions(rng, n, probability);
  const centers = rng.uniform(2 * n);
  const values = new Float32Array(n * size * size).fill(1);
  for (let i = 0; i < n; i++) {
    if (!decisions[i]) continue;
    const [x, y] = [centers[2 * i]!, centers[2 * i + 1]!];
    const isInside = (pixel: number, center: number) => Math.abs((pixel + 0.5) / size - center) < CUTOUT_SIZE / 2;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        if (isInside(row, y) && isInside(column, x)) values[(i * size + row) * size + column] = 0;
      }
    }
  }
  return { values, shape: [n, size, size, 1] };
}
