import { FeatureStatistics } from '../feature-statistics.js';
import { frechetDistance } from '../frechet-distance.js';
import { referenceMoments } from '../reference.js';
import type { MetricFamily } from './metric.js';

const shared = { better: 'lowest', keeps: null, minImages: 2 } as const;

const fidMetric = (ending: string, divisor: 'n' | 'n-1', source: string): MetricFamily => ({
  ...shared,
  affixes: ['fid', ending],
  variant: `Frechet distance to the whole reference, covariance divided by ${divisor.toUpperCase()} (${source})`,
  comparesWith: 'statistics',
  compute: (name, { statistics }, reference) => ({
    [name]: frechetDistance(statistics.moments({ divisor }), referenceMoments(reference.statistics!, divisor)),
  }),
});

export const fidFull = fidMetric('_full', 'n', "StyleGAN's metrics, Diff-Instruct, SiD");
export const fidEdm = fidMetric('_edm', 'n-1', "EDM's fid.py");

export const fidLegacy: MetricFamily = {
  ...shared,
  affixes: ['fid', ''],
  variant:
    "Frechet distance to the first real images, as many as generated ones, both covariances divided by N (StyleGAN's older metrics)",
  comparesWith: 'features',
  compute: (name, { statistics }, reference) => {
    const { dim, count } = statistics;
    const features = reference.features!.subarray(0, count * dim);
    const real = new FeatureStatistics(dim);
    real.add(features, features.length / dim);
    return { [name]: frechetDistance(statistics.moments({ divisor: 'n' }), real.moments({ divisor: 'n' })) };
  },
};

export const sfidAdm: MetricFamily = {
  ...shared,
  affixes: ['sfid', '_adm'],
  variant:
    "Frechet distance of spatial features, seven channels at 17x17 places, covariance divided by N-1 (Nash et al. 2021, ADM's evaluator)",
  comparesWith: 'spatial',
  compute: (name, { spatial }, reference) => ({
    [name]: frechetDistance(spatial!.moments({ divisor: 'n-1' }), reference.statistics!.spatial!),
  }),
};
