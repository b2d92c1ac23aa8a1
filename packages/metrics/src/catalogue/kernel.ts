import { kernelDistance, kernelDistanceOfSubsets } from '../kernel-distance.js';
import { featureRows } from '../pairwise.js';
import type { MetricFamily } from './metric.js';

const shared = { better: 'lowest', comparesWith: 'features', keeps: 'features', minImages: 2 } as const;
/** Real images, at most. */
const MAX_REAL = 1_000_000;

export const kidFull: MetricFamily = {
  ...shared,
  affixes: ['kid', '_full'],
  variant: "unbiased squared MMD, cubic kernel, mean of 100 random subsets of up to 1000 images (StyleGAN's metrics)",
  compute: async (name, { features, statistics: { dim } }, reference, rng) => {
    const real = reference.features!.subarray(0, MAX_REAL * dim);
    return { [name]: await kernelDistanceOfSubsets(featureRows(features!, dim), featureRows(real, dim), rng) };
  },
};

export const kidExact: MetricFamily = {
  ...shared,
  affixes: ['kid', '_exact'],
  variant: 'unbiased squared MMD, cubic kernel, over all images',
  compute: (name, { features, statistics: { dim } }, reference) => ({
    [name]: kernelDistance(features!, reference.features!, dim),
  }),
};
