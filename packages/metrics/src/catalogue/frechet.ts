import { frechetDistance } from '../frechet-distance.js';
import type { MetricFamily } from './metric.js';

const frechet = (ending: string, divisor: 'n' | 'n-1', where: string): MetricFamily => ({
  affixes: ['fid', ending],
  variant: `Frechet distance to the whole reference, covariance divided by ${divisor.toUpperCase()} (${where})`,
  better: 'lowest',
  comparesWith: 'statistics',
  keeps: null,
  minImages: 2,
  compute: (name, { statistics }, reference) => ({
    [name]: frechetDistance(statistics.moments({ divisor }), reference.statistics!),
  }),
});

export const fidFull = frechet('_full', 'n', "StyleGAN's metrics, Diff-Instruct, SiD");
export const fidEdm = frechet('_edm', 'n-1', "EDM's fid.py");
