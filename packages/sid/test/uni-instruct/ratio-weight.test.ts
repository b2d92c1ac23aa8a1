import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ratioWeight, UNI_DIVERGENCES, type UniDivergence } from '@onestep/sid';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** f(r), as in the literature. */
const F: Record<UniDivergence, (r: number) => number> = {
  kl: (r) => r * Math.log(r),
  rkl: (r) => -Math.log(r),
  js: (r) => r * Math.log(r) - (r + 1) * Math.log((r + 1) / 2),
  jf: (r) => (r - 1) * Math.log(r),
  chi2: (r) => (r - 1) ** 2,
  sh: (r) => 1 - Math.sqrt(r),
};
const RATIOS = [0.12, 0.5, 1, 2.5, 15];
const bounds = { ratioLower: 0.1, ratioUpper: 20 };

describe('the factor on a sample', () => {
  it.each(Object.keys(UNI_DIVERGENCES) as UniDivergence[])('is f"(r) r^2 for %s', (divergence) => {
    // The mean of each map is ln r.
    const logits = RATIOS.flatMap((r) => [Math.log(r) + 1, Math.log(r) - 1]);
    const weights = ratioWeight(tf.tensor3d(logits, [RATIOS.length, 1, 2]), { divergence, ...bounds }).dataSync();
    RATIOS.forEach((r, i) => {
      const f = F[divergence];
      const h = 1e-4 * r;
      const second = (f(r + h) - 2 * f(r) + f(r - h)) / h ** 2;
      expect(weights[i]! / (second * r ** 2)).toBeCloseTo(1, 4);
    });
  });

  it('has the ratio within its bounds, and finite whatever the logits', () => {
    const logits = tf.tensor3d([-400, -1, 0, 2.9, 3.1, 400], [6, 1, 1]);
    const within = ratioWeight(logits, { divergence: 'kl', ...bounds }).dataSync();
    [0.1, Math.exp(-1), 1, Math.exp(2.9), 20, 20].forEach((ratio, i) => expect(within[i]! / ratio).toBeCloseTo(1, 5));
    const wide = ratioWeight(logits, { divergence: 'kl', ratioLower: 1e-9, ratioUpper: 1e9 }).dataSync();
    expect(wide[0]! / Math.exp(-10)).toBeCloseTo(1, 4);
    expect(wide[5]! / Math.exp(10)).toBeCloseTo(1, 4);
  });
});
