import { kernelDistance, kernelDistanceOfSubsets } from '../kernel-distance.js';
import { featureRows } from '../pairwise.js';
import type { MetricFamily } from './metric.js';

const shared = { better: 'lowest', comparesWith: 'features', keeps: 'features', minImages: 2 } as const;

/** @param maxReal real images, at most, of so many generated ones */
const ofSubsets = (ending: string, maxReal: (generated: number) => number, where: string): MetricFamily => ({
  ...shared,
  affixes: ['kid', ending],
  variant: `unbiased squared MMD, cubic kernel, mean of 100 random subsets of up to 1000 images (${where})`,
  compute: async (name, { features, statistics: { dim, count } }, reference, rng) => {
    const real = reference.features!.subarray(0, maxReal(count) * dim);
    return { [name]: await kernelDistanceOfSubsets(featureRows(features!, dim), featureRows(real, dim), rng) };
  },
});

export const kidFull = ofSubsets('_full', () => 1_000_000, "StyleGAN's metrics");
export const kidLegacy = ofSubsets(
  '',
  (generated) => generated,
  "StyleGAN's older metrics: of as many of the first real images",
);

export const kidExact: MetricFamily = {
  ...shared,
  affixes: ['kid', '_exact'],
  variant: 'unbiased squared MMD, cubic kernel, over all images',
  compute: (name, { features, statistics: { dim } }, reference) => ({
    [name]: kernelDistance(features!, reference.features!, dim),
  }),
};
