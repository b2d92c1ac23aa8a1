import { exactPoints, modeShares } from '@onestep/diffusion-core/toy';
import { slicedWasserstein } from '../../test-support/sliced-wasserstein.js';
import { spread, type Spread } from '../methods/curves.js';

/** Points behind each figure in the plane, and how many times as many exact ones they are compared with. */
export const PLANE_POINTS = 2000;
export const PLANE_TRUTH = 10;

/** Exact samples, which figures of students are compared with. */
export function planeTruth(): Float32Array {
  return exactPoints(PLANE_TRUTH * PLANE_POINTS, 0);
}

/** The figures of as many exact samples: what a perfect student would have. */
export function planeFloor(): { wasserstein: Spread; inModes: Spread } {
  const truth = planeTruth();
  const sets = [1, 2, 3].map((seed) => exactPoints(PLANE_POINTS, seed));
  return {
    wasserstein: spread(sets.map((points) => slicedWasserstein(points, truth))),
    inModes: spread(sets.map((points) => modeShares(points).reduce((a, b) => a + b, 0))),
  };
}
