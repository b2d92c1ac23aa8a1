import { karrasSigmaAt } from '@onestep/diffusion-core';
import type { Draw } from '../training/student-step.js';
import type { TractOptions } from './options.js';

/**
 * The table of noise levels: 0, then `points` levels of Eq. (5), Karras et al. 2022, rising.
 *
 * @param points at least 2
 */
export function noiseTable(points: number, sigmaMax: number): number[] {
  return [0, ...Array.from({ length: points }, (_, i) => karrasSigmaAt(i / (points - 1), { sigmaMax }))];
}

/**
 * Three noise levels of an image, [3]: s0, that of its input; s1, one step of the teacher below; and s2, where the student's step
 * ends. s1 is s2 in the last step of the teacher, and s0 at the lowest level, where s2 = 0.
 *
 * @param index end of the student's step from which s0 is counted, a multiple of its length
 * @param semi steps of the teacher from there to s0
 */
export function levelsAt(table: readonly number[], length: number, index: number, semi: number): number[] {
  return [table[index - semi]!, table[Math.max(index - semi - 1, 1)]!, table[index - length]!];
}

/** Every noise level of the table but 0 is as likely. */
export const tractLevels: Draw<TractOptions> = {
  shape: () => [3],
  draw(rng, n, _progress, { timeSchedule, initSigma }) {
    const [points, steps] = timeSchedule as [number, number];
    const length = points / steps;
    const table = noiseTable(points, initSigma);
    const indices = rng.integers(n, steps);
    const semis = rng.integers(n, length);
    const levels = Array.from(indices, (index, i) => levelsAt(table, length, length * (index + 1), semis[i]!));
    return Float32Array.from(levels.flat());
  },
};
