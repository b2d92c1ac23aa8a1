import type { DistillationMethod, Generator } from '@onestep/diffusion-core';
import type { Variant } from './experiments.js';

/** What students learn, and how they are measured. */
export interface Problem {
  /** Detector or data set behind the figures. */
  readonly measuredWith: string;
  /** Starts the training of a variant with a seed. */
  createTask(variant: Variant, seed: number): DistillationMethod;
  /** Figures of a student by their names. */
  measure(generator: Generator): Promise<Record<string, number>>;
}

/** Where students are measured, in thousands of images, ascending; the last is the length of the training. */
export function usualPoints({ on, method, points }: Variant): readonly number[] {
  if (points !== undefined) return points;
  // Those of SiD make a curve on logarithmic axes.
  if (on === 'images') return method === 'sid' ? [0.256, 0.512, 1.024, 2.048] : [1.024, 2.048];
  if (method === 'sid') return [4, 8, 16, 32, 64, 128, 256];
  return method === 'boot' ? [32, 64, 128, 256, 512] : [32, 64, 128, 256];
}
