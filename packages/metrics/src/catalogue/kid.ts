import { kernelDistance, subsetKernelDistance } from '../kernel-distance.js';
import type { MetricFamily } from './metric.js';

const shared = { better: 'lowest', comparesWith: 'features', keeps: 'features', minImages: 2 } as const;

/** @param maxReal largest number of real images, given the number of generated ones */
const kidMetric = (ending: string, maxReal: (generated: number) => number, source: string): MetricFamily => ({
  ...shared,
  affixes: ['kid', ending],
  variant: `unbiased squared MMD, cubic kernel, mean of 100 random subsets of up to 1000 images (${source})`,
  compute: async (name, { features, statistics: { dim, count } }, reference, rng) => {
    const real = reference.features!.subarray(0, maxReal(count) * dim);
    return { [name]: await subsetKernelDistance(features!, real, dim, rng) };
  },
});

export const kidFull = kidMetric('_full', () => 1_000_000, "StyleGAN's metrics");
export const kidLegacy = kidMetric(
  '',
  (generated) => generated,
  "StyleGAN's older metrics: the first real images, as many as generated ones",
);

export const kidExact: MetricFamily = {
  ...shared,
  affixes: ['kid', '_exact'],
  variant: 'unbiased squared MMD, cubic kernel, over all images',
  compute: (name, { features, statistics: { dim } }, reference) => ({
    [name]: kernelDistance(features!, reference.features!, dim),
  }),
};
